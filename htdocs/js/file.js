/* SPDX-License-Identifier: MIT */
/* A place for a file: chosen with the keyboard or the mouse, or dropped. What
 * it holds is taken into memory at once; control.taken has it. */
import {el} from './dom.js';
import {number, t} from './words.js';

const FILE_MAX = 32 * 1024 * 1024;

function describe(file) {
	return t('{name}, {size} bytes',
	    {name: file.name, size: number(file.size)});
}

async function take(input, said, file, field) {
	if (!file)
		return;
	if (file.size > FILE_MAX) {
		said.textContent = t('This file is too large.');
		return;
	}
	input.taken = {name: file.name, bytes: new Uint8Array(
	    await file.arrayBuffer())};
	said.textContent = describe(file);
	field.taken?.(input.taken);
}

/* The element that is labelled is the input; its place is around it. */
export function fileControl(field, attributes) {
	const said = el('span.said', {'aria-live': 'polite'},
	    t('Choose a file, or drop it here.'));
	const input = el('input', {type: 'file', accept: field.accept,
	    ...attributes, maxlength: null, spellcheck: null});
	const place = el('div.drop', input, said);

	input.addEventListener('change', () =>
		take(input, said, input.files[0], field));
	place.addEventListener('dragover', (event) => {
		event.preventDefault();
		place.classList.add('over');
	});
	place.addEventListener('dragleave', () =>
		place.classList.remove('over'));
	place.addEventListener('drop', (event) => {
		event.preventDefault();
		place.classList.remove('over');
		take(input, said, event.dataTransfer.files[0], field);
	});
	Object.defineProperty(place, 'taken', {get: () => input.taken});
	return place;
}

export function base64(bytes) {
	let text = '';

	for (const byte of bytes)
		text += String.fromCharCode(byte);
	return btoa(text);
}

export function textOf(bytes) {
	return new TextDecoder().decode(bytes);
}
