/* SPDX-License-Identifier: MIT */
/* About how a phone shows a message: the real one has its own lines and
 * letters, and localisation keys become what the app has for them. */
import {el} from './dom.js';
import {t} from './words.js';

function shown(text, key, args) {
	if (text)
		return text;
	return key ? `[${[key, ...args ?? []].join(', ')}]` : '';
}

/* message: as the API takes it as body. */
export function phone(app, message, silent = false) {
	const title = shown(message.title, message.titleLocKey,
	    message.titleLocArgs);
	const text = shown(message.body, message.bodyLocKey,
	    message.bodyLocArgs);

	if (silent || (!title && !text))
		return el('div.phone', el('p.none', t('Nothing is shown.')));
	return el('div.phone', el('div.note',
	    el('span.sign', {'aria-hidden': 'true'},
		[...app || '?'][0].toUpperCase()),
	    el('div.app', el('span', app), el('span', t('now'))),
	    el('p.title', title), el('p.text', text),
	    message.image && el('p.picture', t('Picture'))));
}
