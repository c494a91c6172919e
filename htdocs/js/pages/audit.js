/* SPDX-License-Identifier: MIT */
/* Who has changed what, and a file of it. */
import {ask} from '../api.js';
import {csvOf} from '../csv.js';
import {download, el, table} from '../dom.js';
import {actor, form} from '../form.js';
import {pager} from '../pager.js';
import {number, t, timeOf} from '../words.js';

const PAGE = 1000, FILE_MAX = 100 * PAGE;

async function read(asked, page, size) {
	return (await ask('GET', '/admin/audit',
	    {query: {...asked, page, size}})).responseObject;
}

/* An object as "name: value", a list line by line. */
function detailOf({detail}) {
	if (Array.isArray(detail))
		return detail.map((line) => el('div', String(line)));
	return Object.entries(detail ?? {}).map(([name, value]) =>
		el('div', el('span.hint', `${name}: `), String(value)));
}

function list(rows) {
	return table(t('Audit trail'), [
		{name: t('Time'), head: true, time: true,
		    show: (r) => timeOf(r.time)},
		{name: t('Who'), show: (r) => r.who ?? ''},
		{name: t('Address'), show: (r) => r.source},
		{name: t('Action'), word: true, show: (r) => r.action},
		{name: t('Object'), long: true, show: (r) => r.object ?? ''},
		{name: t('Details'), long: true, show: detailOf},
	], rows, t('Nothing of that kind was done.'));
}

async function save(asked, say) {
	const all = [];
	let rows;

	do {
		rows = await read(asked, all.length / PAGE, PAGE);
		all.push(...rows);
	} while (rows.length === PAGE && all.length < FILE_MAX);
	if (rows.length === PAGE)
		say(t('The file has the newest {n}, and not those before.',
		    {n: number(all.length)}), true);
	download('audit.csv', 'text/csv', csvOf(['id', 'time', 'who',
	    'source', 'action', 'object', 'detail', 'call'],
	all.map((r) => [r.id, r.time, r.who, r.source, r.action, r.object,
	    r.detail && JSON.stringify(r.detail), r.call])));
}

export async function show({main, say}) {
	let asked = {};
	const pages = pager((page, size) => read(asked, page, size), list);
	const it = form({action: t('Filter'), kind: 'inline', fields: [
		{name: 'who', label: t('Who')},
		{name: 'action', label: t('Action')},
		{name: 'object', label: t('Object')},
		{name: 'since', label: t('Since'), kind: 'time'},
	], async submit(values) {
		asked = values;
		await pages.first();
	}});

	main.append(el('div.head', el('h1', t('Audit trail')),
	    actor(t('Download as CSV'), () => save(asked, say), say)),
	el('div.card', it), el('div.card', pages));
	await pages.first();
}
