/* SPDX-License-Identifier: MIT */
/* What became of one message, for each of its devices. */
import {ask, get, hasRole, send} from '../api.js';
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

/* By platform; a message whose counts are removed already has none, and the
 * call answers 400 as for any id that it does not know. */
async function countsOf(id) {
	const {result} = await get(`/push/message/${id}/status`)
	    .catch((fault) => {
		    if (![400, 404].includes(fault.status))
			    throw fault;
		    return {result: {}};
	    });
	const rows = Object.entries(result).filter(([, n]) => n.total > 0);

	return rows.length === 0 ? '' : table(t('How far it is'), [
		{name: t('Platform'), head: true, word: true,
		    show: ([name]) => platformName(name)},
		...['sent', 'failed', 'expired', 'pending'].map((word) =>
			({name: t(word), number: true,
			    show: ([, n]) => number(n[word])})),
	], rows, '');
}

export async function show({main, rest: [id], say}) {
	const counts = el('div.card');
	const tell = async () => hasRole('send') &&
	    counts.replaceChildren(await countsOf(id));

	const pages = pager(async (page, size) => (await ask('GET',
	    `/admin/message/${id}`, {query: {page, size}})).responseObject,
	list);
	const cancel = hasRole('send') && actor(t('Stop what is not sent yet'),
	    async () => {
		    const {pending} = await send('POST',
			`/push/message/${id}/cancel`);
		    say(tn(pending, '{n} is not sent any more.',
			'{n} are not sent any more.'));
		    await Promise.all([pages.again(), tell()]);
	    }, say);

	main.append(el('div.head', el('h1', t('Message {id}', {id})),
	    cancel || ''), counts, el('div.card', pages));
	await Promise.all([pages.first(), tell()]);
}
