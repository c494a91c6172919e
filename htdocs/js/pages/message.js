/* SPDX-License-Identifier: MIT */
/* What became of one message, for each of its devices. */
import {ask, hasRole, send} from '../api.js';
import {el, link, table} from '../dom.js';
import {actor} from '../form.js';
import {platformName, stateBadge} from '../names.js';
import {pager} from '../pager.js';
import {number, t, timeOf, tn} from '../words.js';

function list(records) {
	return table(t('Devices'), [
		{name: t('User'), head: true, show: (r) =>
			link(`#/users?${new URLSearchParams(
			    {userId: r.userId})}`, r.userId)},
		{name: t('Platform'), word: true,
		    show: (r) => platformName(r.platform) ?? ''},
		{name: t('Device'), show: (r) => r.device ?? ''},
		{name: t('State'), show: (r) => stateBadge(r.state)},
		{name: t('Tries'), number: true, show: (r) => number(r.tries)},
		{name: t('Finished'), time: true,
		    show: (r) => timeOf(r.finished)},
		{name: t('Why'), long: true, show: (r) => [
		    r.reason && t(r.reason),
		    r.remedy && el('p.hint', `${t('What to do')}: `,
			t(r.remedy))]},
	], records, t('Nothing is known of it any more.'));
}

export async function show({main, rest: [id], say}) {
	const pages = pager(async (page, size) => (await ask('GET',
	    `/admin/message/${id}`, {query: {page, size}})).responseObject,
	list);
	const cancel = hasRole('send') && actor(t('Stop what is not sent yet'),
	    async () => {
		    const {pending} = await send('POST',
			`/push/message/${id}/cancel`);
		    say(tn(pending, '{n} is not sent any more.',
			'{n} are not sent any more.'));
		    await pages.again();
	    }, say);

	main.append(el('div.head', el('h1', t('Message {id}', {id})),
	    cancel || ''), el('div.card', pages));
	await pages.first();
}
