/* SPDX-License-Identifier: MIT */
/* About how each provider's devices show a message: the real ones have their
 * own lines and letters, and localisation keys become what the app has for
 * them. A picture is a frame with its name: this page loads nothing from
 * another host. */
import {el} from './dom.js';
import {platforms} from './names.js';
import {t} from './words.js';

/* Where the picture stands, and what one should know of it. */
const pictures = {
	apns: {place: 'beside',
	    note: 'An iPhone shows the picture if the app loads it.'},
	fcm: {place: 'below',
	    note: 'The picture is seen when the message is opened out.'},
	hms: {place: 'beside', note: 'The picture is shown small.'},
	webpush: {place: 'below', note: 'Some browsers show the picture.'},
};

function shown(text, key, args) {
	if (text)
		return text;
	return key ? `[${[key, ...args ?? []].join(', ')}]` : '';
}

/* An address may end without the name of a file. */
function fileOf(address) {
	return /([^/?#]+)(?:[?#].*)?$/.exec(address)?.[1] ?? address;
}

function picture(kind, {image}) {
	return image && el(`p.picture.${pictures[kind].place}`,
	    t('Picture'), el('span', fileOf(image)));
}

function note(kind, app, message, silent) {
	const title = shown(message.title, message.titleLocKey,
	    message.titleLocArgs);
	const text = shown(message.body, message.bodyLocKey,
	    message.bodyLocArgs);

	if (silent || (!title && !text))
		return el('p.none', t('Nothing is shown.'));
	return el(`div.note.${kind}`,
	    el('span.sign', {'aria-hidden': 'true'},
		[...app || '?'][0].toUpperCase()),
	    el('div.app', el('span', app), el('span', t('now'))),
	    el('p.title', title), el('p.text', text), picture(kind, message));
}

/* kinds: the platforms that one can look at. The element has show(app, message,
 * silent); message is as the API takes it as body. */
export function phone(kinds = Object.keys(platforms)) {
	const screen = el('div.phone'), said = el('p.hint');
	let kind = kinds[0] ?? 'apns', last = ['', {}, false];
	const choice = kinds.map((name) => el('button.small',
	    {type: 'button', on: {click: () => look(name)}},
	    t(platforms[name])));

	function look(chosen) {
		kind = chosen;
		choice.forEach((b, i) => b.setAttribute('aria-pressed',
		    String(kinds[i] === kind)));
		screen.replaceChildren(note(kind, ...last));
		said.textContent = last[1].image
		    ? t(pictures[kind].note) : '';
	}
	const element = el('div', el('div.kinds', {role: 'group',
	    'aria-label': t('Shown as on')}, choice), screen, said);

	element.show = (...now) => {
		last = now;
		look(kind);
	};
	look(kind);
	return element;
}
