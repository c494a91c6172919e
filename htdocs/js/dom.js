/* SPDX-License-Identifier: MIT */
/*
 * Elements. All text comes in as a text node and never as markup: whatever a
 * caller or a provider has written is shown as it is.
 */
import {number, t} from './words.js';

function setAttribute(element, name, value) {
	if (name === 'on')
		for (const [event, listener] of Object.entries(value))
			element.addEventListener(event, listener);
	else if (name === 'value' || name === 'checked')
		element[name] = value;
	else if (value !== false && value !== null && value !== undefined)
		element.setAttribute(name, value === true ? '' : value);
}

function make(element, rest) {
	const [first] = rest;
	const attributes = first !== null && typeof first === 'object' &&
	    !(first instanceof Node) && !Array.isArray(first);

	if (attributes)
		for (const [name, value] of Object.entries(rest.shift()))
			setAttribute(element, name, value);
	element.append(...rest.flat(Infinity).filter((child) =>
		child !== null && child !== undefined && child !== false));
	return element;
}

/* el('p.note', {id: 'x'}, 'text', child, [children]); attributes may be left
 * out, "on" has listeners; children that are null or false are left out. */
export function el(kind, ...rest) {
	const [tag, ...classes] = kind.split('.');
	const element = document.createElement(tag);

	if (classes.length > 0)
		element.className = classes.join(' ');
	return make(element, rest);
}

export function svg(tag, ...rest) {
	return make(document.createElementNS('http://www.w3.org/2000/svg',
	    tag), rest);
}

let last = 0;

/* An id that no other element of the page has. */
export function newId() {
	return `id-${++last}`;
}

export function button(label, action, kind = '') {
	return el('button', {type: 'button', class: kind || null,
	    on: {click: action}}, label);
}

export function link(to, ...children) {
	return el('a', {href: to}, ...children);
}

export function badge(text, kind = '') {
	return el('span', {class: `badge ${kind}`.trim()}, text);
}

/* Content that scrolls by itself can be reached and named. */
function scrolls(label, child) {
	return el('div.scroll', {role: 'group', 'aria-label': label,
	    tabindex: 0}, child);
}

function classOf(column) {
	return ['number', 'time', 'word', 'long']
	    .find((kind) => column[kind]) ?? null;
}

function cell(column, values) {
	const value = column.show(values);
	const attributes = {class: classOf(column),
	    'data-label': column.name};

	return column.head
	    ? el('th', {scope: 'row', role: 'rowheader', ...attributes}, value)
	    : el('td', {role: 'cell', ...attributes}, value);
}

function row(cells) {
	return el('tr', {role: 'row'}, cells);
}

/* columns: name, show(row), and whether it is a number, a time, a word, a long
 * text, or heads the row. The roles say what it is on a narrow screen, too,
 * where it is no grid. */
export function table(caption, columns, rows, none) {
	if (rows.length === 0)
		return el('p.none', none);
	const head = columns.map((c) => el('th', {scope: 'col',
	    role: 'columnheader', class: c.number ? 'number' : null}, c.name));

	return scrolls(caption, el('table', {role: 'table'},
	    el('caption.hidden', caption),
	    el('thead', {role: 'rowgroup'}, row(head)),
	    el('tbody', {role: 'rowgroup'}, rows.map((values) =>
		row(columns.map((c) => cell(c, values)))))));
}

const DRAWN = 50;

/* Of a list that has no pages no more than one can look through: show(rows) of
 * the first ones, and how many more there are. */
export function first(rows, show) {
	const more = rows.length - DRAWN;

	return [show(rows.slice(0, DRAWN)),
	    more > 0 && el('p.hint', t('and {n} more', {n: number(more)}))];
}

/* Pairs of a name and what it says; those without a value are left out. */
export function facts(pairs) {
	return el('dl.facts', pairs
	    .filter(([, value]) => value !== undefined && value !== null &&
		value !== '')
	    .map(([name, value]) => el('div', el('dt', name),
		el('dd', value))));
}

export function section(title, ...children) {
	const id = newId();

	return el('section.card', {'aria-labelledby': id},
	    el('h2', {id}, title), ...children);
}

/* A file of text for the reader, made here. */
export function download(name, type, text) {
	const url = URL.createObjectURL(new Blob([text], {type}));

	el('a', {href: url, download: name}).click();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}
