/* SPDX-License-Identifier: MIT */
/* All campaigns, the newest first. */
import {ask} from '../api.js';
import {el, link, table} from '../dom.js';
import {stateBadge} from '../names.js';
import {pager} from '../pager.js';
import {t} from '../words.js';

const states = [['all', 'all of them'], ['unsent', 'not sent yet'],
    ['sent', 'sent']];

function titleOf({title, body, titleLocKey, bodyLocKey}) {
	return title || body || titleLocKey || bodyLocKey ||
	    t('without a text');
}

function list(campaigns) {
	return table(t('Campaigns'), [
		{name: t('Campaign'), head: true, show: (c) =>
			link(`#/campaign/${c.id}`, titleOf(c.message))},
		{name: t('Number'), show: (c) => c.id},
		{name: t('Application'), show: (c) => c.appId},
		{name: t('State'), show: (c) => stateBadge(c.state ??
		    (String(c.sent) === 'true' ? 'sent' : 'not sent yet'))},
	], campaigns, t('There is none.'));
}

export async function show({main}) {
	const choice = el('select', {on: {
		change: () => pages.first()}},
	    states.map(([value, name]) => el('option', {value}, t(name))));
	const pages = pager(async (page, size) => (await ask('GET',
	    '/push/campaign/list', {query: {state: choice.value,
		order: 'newest', page, size}})).responseObject, list);

	main.append(el('div.head', el('h1', t('Campaigns')),
	    el('a.button.main', {href: '#/campaign-new'}, t('Write one'))),
	el('div.card', el('label.span', t('Show'), choice), pages));
	await pages.first();
}
