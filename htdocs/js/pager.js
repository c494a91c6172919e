/* SPDX-License-Identifier: MIT */
/* Long lists come from the server page by page. */
import {button, el} from './dom.js';
import {number, t} from './words.js';

export const SIZE = 50;

/* read(page, size) gives the rows of a page, show(rows) an element. Whether
 * there is another page is known by whether this one is full; if the one behind
 * it turns out to be empty, this was the last, and stays. The element has
 * again(): read this page once more. */
export function pager(read, show, size = SIZE) {
	const place = el('div'), where = el('span', {role: 'status'});
	let page = 0;
	const back = button(t('Back'), () => go(page - 1), 'small');
	const on = button(t('Next'), () => go(page + 1), 'small');
	const bar = el('div.pager', back, where, on);
	const fault = el('p.fault', {role: 'alert'});

	async function find(at) {
		const rows = await read(at, size);

		if (rows.length > 0 || at === 0)
			return {rows, at, last: rows.length < size};
		return {rows: await read(at - 1, size), at: at - 1, last: true};
	}

	async function go(to) {
		try {
			const {rows, at, last} = await find(to);
			page = at;
			place.replaceChildren(show(rows));
			back.hidden = page === 0;
			on.hidden = last;
			where.textContent = t('Page {n}',
			    {n: number(page + 1)});
			bar.hidden = page === 0 && last;
			fault.textContent = '';
		} catch (e) {
			fault.textContent = e.message;
		}
	}
	const element = el('div', fault, place, bar);

	bar.hidden = true;
	element.again = () => go(page);
	element.first = () => go(0);
	return element;
}
