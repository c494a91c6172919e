/* SPDX-License-Identifier: MIT */
/* Charts of figures over time, as SVG: they take the colours of the page, and
 * are as sharp as its text. Beside each stands a table of the same figures. */
import {el, svg, table} from './dom.js';
import {dayHourOf, hourOf, number, t} from './words.js';

const W = 420, H = 170, LEFT = 44, BOTTOM = 22, TOP = 8;

/* A round number not below n: 1, 2 or 5 times a power of ten. */
function roundUp(n) {
	const power = 10 ** Math.floor(Math.log10(Math.max(n, 1)));

	return [1, 2, 5, 10].map((k) => k * power).find((top) => top >= n);
}

function y(value, top) {
	return H - BOTTOM - value / top * (H - BOTTOM - TOP);
}

function x(i, n) {
	return LEFT + i / n * (W - LEFT);
}

function grid(top) {
	const values = [0, top / 2, top].filter(Number.isInteger);

	return values.map((value) => svg('g',
	    svg('line', {class: 'grid', x1: LEFT, x2: W, y1: y(value, top),
		y2: y(value, top)}),
	    svg('text', {class: 'tick', x: LEFT - 6, y: y(value, top) + 4,
		'text-anchor': 'end'}, number(value))));
}

const DAY_MS = 86400000;

/* How a time is written where all of these are. */
function nameOf(times) {
	return times[times.length - 1] - times[0] > DAY_MS ? dayHourOf : hourOf;
}

function hours(times) {
	const every = Math.ceil(times.length / 5), name = nameOf(times);

	return times.map((time, i) => i % every === 0 &&
	    svg('text', {class: 'tick', x: x(i, times.length), y: H - 4},
		name(time)));
}

/* Stacked, the first at the bottom. */
function bars(times, series, top) {
	const width = Math.max((W - LEFT) / times.length - 0.5, 0.5);
	const name = nameOf(times);

	return times.map((time, i) => {
		let below = 0;

		return series.map((s) => {
			const from = below;
			below += s.values[i] ?? 0;
			return below > from && svg('rect', {class: s.kind,
			    x: x(i, times.length), width,
			    y: y(below, top), height: y(from, top) -
				y(below, top)},
			    svg('title', `${name(time)} ${s.name}: ` +
				number(s.values[i])));
		});
	});
}

/* A gap where there is no value; a value between two gaps is a dot, by h.1. */
function lines(times, series, top) {
	return series.map((s) => {
		const d = s.values.map((value, i) => {
			if (value === null)
				return '';
			const at = `${x(i + 0.5, times.length).toFixed(1)} ` +
			    y(value, top).toFixed(1);
			return i > 0 && s.values[i - 1] !== null ? `L${at}`
			    : `M${at}h.1`;
		}).join(' ');

		return svg('path', {class: `line ${s.kind}`, d});
	});
}

function legend(series) {
	return el('p.legend', series.map((s) =>
		el('span', el(`span.swatch.${s.kind}`), s.name)));
}

function figures(caption, times, series) {
	const rows = times.map((time, i) => ({time, i}))
	    .filter(({i}) => series.some((s) => s.values[i]));
	const name = nameOf(times);

	return el('details', el('summary', t('The figures as a table')),
	    table(caption, [
		{name: t('Time'), head: true, show: (r) => name(r.time)},
		...series.map((s) => ({name: s.name, number: true,
		    show: (r) => number(s.values[r.i])})),
	    ], rows.slice(-200), t('There are none yet.')));
}

function frame(caption, times, series, top, shapes) {
	return el('figure', el('figcaption', caption), legend(series),
	    svg('svg', {viewBox: `0 0 ${W} ${H}`, role: 'img',
		'aria-label': caption}, grid(top), shapes,
		hours(times)),
	    figures(caption, times, series));
}

/* series: name, kind (a class of console.css) and values, one each time. */
export function barChart(caption, times, series) {
	const sums = times.map((_, i) => series.reduce((sum, s) =>
		sum + (s.values[i] ?? 0), 0));
	const top = roundUp(Math.max(...sums, 1));

	return frame(caption, times, series, top, bars(times, series, top));
}

export function lineChart(caption, times, series) {
	const top = roundUp(Math.max(1, ...series.flatMap((s) => s.values)));

	return frame(caption, times, series, top,
	    lines(times, series, top));
}
