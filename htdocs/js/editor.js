/* SPDX-License-Identifier: MIT */
/* The fields of a message, and the message of their values. */
import {button, el} from './dom.js';
import {bytesOf, number, t, tn} from './words.js';

const TITLE_LONG = 65, BODY_LONG = 240; /* a phone shows about as much */
const FACES = [...'😀🎉❤️👍🔥⭐💰🎁🛒📦🚚⏰📅✅⚠️ℹ️🔔💬📣🏦💳☀️'
    .matchAll(/\p{Extended_Pictographic}\ufe0f?/gu)].map(([face]) => face);

/* --- the fields ------------------------------------------------------- */

function badJson(text) {
	if (!text)
		return null;
	try {
		const value = JSON.parse(text);
		return value !== null && typeof value === 'object' &&
		    !Array.isArray(value) ? null
		    : t('This must be an object: {"name": "value"}');
	} catch {
		return t('This must be an object: {"name": "value"}');
	}
}

function badUrl(text) {
	return !text || URL.canParse(text) ? null
	    : t('This is no address: https://…');
}

function badPicture(text) {
	return !text || /^https:\/\//.test(text) ? badUrl(text)
	    : t('This is no address: https://…');
}

export function messageFields() {
	return [
		{name: 'title', label: t('Title'), spell: true},
		{name: 'body', label: t('Text'), kind: 'area', spell: true},
		{name: 'navigate', label: t('Link'), check: badUrl, hint: t(
		    'Where a tap leads. Browsers open it; an app finds it as ' +
		    '“navigate” in the extras.')},
		{name: 'image', label: t('Picture'), check: badPicture,
		    hint: t('An https address. On an iPhone the app must ' +
		    'load it itself.')},
	];
}

/* What few need, behind a line that opens. */
export function moreFields() {
	return [
		{name: 'titleLocKey',
		    label: t('Localisation key of the title')},
		{name: 'titleLocArgs', label: t('Its arguments'), kind: 'area',
		    rows: 2, hint: t('One each line.')},
		{name: 'bodyLocKey', label: t('Localisation key of the text')},
		{name: 'bodyLocArgs', label: t('Its arguments'), kind: 'area',
		    rows: 2, hint: t('One each line.')},
		{name: 'badge', label: t('Number at the icon'), kind: 'number'},
		{name: 'sound', label: t('Sound')},
		{name: 'icon', label: t('Icon'),
		    hint: t('Android, Huawei and browsers take one.')},
		{name: 'category', label: t('Category')},
		{name: 'collapseKey',
		    label: t('Replaces the message with key')},
		{name: 'validUntil', label: t('Valid until'), kind: 'time'},
		{name: 'extras', label: t('Extras, as JSON'), kind: 'area',
		    check: badJson},
	];
}

const AREAS = ['titleLocArgs', 'bodyLocArgs'];

/* --- the message ------------------------------------------------------ */

function linesOf(text) {
	return text?.split('\n').map((line) => line.trim())
	    .filter((line) => line !== '');
}

function extrasOf({navigate, extras}) {
	if (!navigate && !extras)
		return undefined;
	return {...extras && !badJson(extras) ? JSON.parse(extras) : {},
	    ...navigate ? {navigate} : {}};
}

/* The body of a message, as the API takes it; what is empty is left out. */
export function messageOf(values) {
	const message = {};

	for (const {name} of [...messageFields(), ...moreFields()])
		if (name !== 'navigate' && values[name] !== undefined)
			message[name] = AREAS.includes(name)
			    ? linesOf(values[name]) : values[name];
	const extras = extrasOf(values);
	if (extras)
		message.extras = extras;
	return message;
}

/* --- helps ------------------------------------------------------------ */

function insert(control, text) {
	control.setRangeText(text, control.selectionStart,
	    control.selectionEnd, 'end');
	control.dispatchEvent(new Event('input', {bubbles: true}));
	control.focus();
}

function faces(control) {
	return el('details', el('summary', t('Emoji')),
	    el('div.emoji', FACES.map((face) =>
		button(face, () => insert(control, face)))));
}

function count(control, long) {
	const said = el('p.hint');
	const tell = () => {
		const {length} = [...control.value];
		const words = tn(length, '{n} character', '{n} characters');

		said.textContent = length <= long ? words : `${words}. ${t(
		    'A phone may cut it after about {long}.', {long})}`;
	};

	control.addEventListener('input', tell);
	tell();
	return said;
}

/* Adds to the form what helps to write: lengths, emoji, and the line behind
 * which the rarer fields are. */
export function helpWriting(form) {
	const {title, body, titleLocKey} = form.controls;
	const rest = el('details', el('summary', t('More')));

	title.after(count(title, TITLE_LONG));
	body.after(count(body, BODY_LONG), faces(body));
	titleLocKey.closest('.field').before(rest);
	for (const {name} of moreFields())
		rest.append(form.controls[name].closest('.field'));
	form.addEventListener('submit', () => {
		if (rest.querySelector('[aria-invalid]'))
			rest.open = true;
	});
}

/* Bytes of the message as JSON: the providers' forms have some more. */
export function sizeOf(message) {
	return t('about {n} bytes of 4096',
	    {n: number(bytesOf(JSON.stringify(message)))});
}
