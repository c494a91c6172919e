/* SPDX-License-Identifier: MIT */
/* The inbox of users: post to them, and see what they have read. */
import {ask, get, onceKey, send} from '../api.js';
import {appField} from '../apps.js';
import {usersOf} from '../csv.js';
import {badge, el, section, table} from '../dom.js';
import {actor, form} from '../form.js';
import {pager} from '../pager.js';
import {t, timeOf, tn} from '../words.js';

/* --- posting ---------------------------------------------------------- */

/* One call a user, with a key of its own: who has it already is not posted to
 * again after a fault. */
async function post({users, appId, ...message}, done, once) {
	for (const [i, userId] of usersOf(users).users.entries()) {
		if (done.has(userId))
			continue;
		try {
			await send('POST', '/inbox/messages', {...message,
			    userId, applications: [appId]}, `${once}.${i}`);
		} catch (fault) {
			fault.message = `${userId}: ${fault.message}`;
			throw fault;
		}
		done.add(userId);
	}
	return done.size;
}

async function postSection({say}) {
	let done = new Set(), once = onceKey();
	const it = form({action: t('Post'), fields: [
		{name: 'users', label: t('Users'), kind: 'area', need: true,
		    hint: t('One each line.')},
		await appField(),
		{name: 'type', label: t('Kind'), kind: 'select', options: [
			['text', t('text')], ['html', 'HTML']]},
		{name: 'subject', label: t('Subject'), need: true, max: 255,
		    spell: true, hint: t('8 to 255 characters.')},
		{name: 'summary', label: t('Summary'), need: true, max: 255,
		    spell: true, hint: t('8 to 255 characters.')},
		{name: 'body', label: t('Text'), kind: 'area', rows: 6,
		    need: true, spell: true},
	], async submit(values) {
		const n = await post(values, done, once);
		say(tn(n, 'Posted to {n} user.', 'Posted to {n} users.'));
		done = new Set();
		once = onceKey();
	}});

	it.addEventListener('input', () => {
		done = new Set();
		once = onceKey();
	});
	return section(t('Post'), it);
}

/* --- reading ---------------------------------------------------------- */

async function open(message, place) {
	const {body} = await get('/inbox/messages/detail',
	    {messageId: message.id});

	place.replaceChildren(section(message.subject, el('pre',
	    {tabindex: 0}, body)));
}

function list(messages, {say}, place) {
	return table(t('Messages'), [
		{name: t('Subject'), head: true, show: (m) => m.subject},
		{name: t('Summary'), show: (m) => m.summary},
		{name: t('Posted'), time: true,
		    show: (m) => timeOf(m.timestampCreated)},
		{name: t('State'), show: (m) => m.read
		    ? badge(t('read'), 'good') : badge(t('unread'))},
		{name: t('Text'), show: (m) => actor(t('Show'),
		    () => open(m, place), say, 'small')},
	], messages, t('There is none.'));
}

async function readSection(context) {
	const place = el('div'), whole = el('div', {role: 'status'});
	const it = form({action: t('Show'), kind: 'inline', fields: [
		{name: 'userId', label: t('User'), need: true, max: 255},
		await appField(),
		{name: 'onlyUnread', label: t('only unread'), kind: 'check'},
	], async submit({appId, ...values}) {
		const pages = pager(async (page, size) => (await ask('GET',
		    '/inbox/messages/list', {query: {...values,
			applications: appId, page, size}})).responseObject,
		(rows) => list(rows, context, whole));

		place.replaceChildren(pages);
		whole.replaceChildren();
		await pages.first();
	}});

	return section(t('What a user has'), it, place, whole);
}

export async function show(context) {
	context.main.append(el('h1', t('Inbox')), el('div.wide-left',
	    await readSection(context), await postSection(context)));
}
