/* SPDX-License-Identifier: MIT */
/* The programs and people that may call. */
import {get, send, session} from '../api.js';
import {badge, button, el, newId, section, table} from '../dom.js';
import {actor, form} from '../form.js';
import {pager} from '../pager.js';
import {t, timeOf} from '../words.js';

const ROLES = ['device', 'send', 'campaign', 'inbox', 'admin', 'status'];
const roleWords = {device: 'device: register devices',
    send: 'send: send messages', campaign: 'campaign: run campaigns',
    inbox: 'inbox: post to the inbox', admin: 'admin: everything here',
    status: 'status: figures for monitoring'};

/* The secret stands nowhere else: whoever closes this has it, or not. */
function tellSecret(title, token, secret) {
	const id = newId();
	const dialog = el('dialog', {'aria-labelledby': id},
	    el('h2', {id}, title),
	    el('p', t('The secret is shown now and never again.')),
	    el('dl.facts', token && el('div', el('dt', t('Token')),
		el('dd', el('code', token))),
	    el('div', el('dt', t('Secret')), el('dd', el('code', secret)))),
	    el('div.buttons', button(t('Copy the secret'), () =>
		    navigator.clipboard?.writeText(secret), 'main'),
	    button(t('I have it'), () => dialog.close())));

	dialog.addEventListener('close', () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
}

/* --- what can be done with one ---------------------------------------- */

async function rotate({ask}, {name}) {
	if (!await ask({title: t('Make a new secret for {name}?', {name}),
	    text: t('The old one is accepted for another hour.'),
	    action: t('Make a new secret')}))
		return;
	const {secret} = await send('POST', '/admin/integration/rotate',
	    {name});
	tellSecret(name, null, secret);
}

async function remove({ask, say}, {name}, again) {
	if (!await ask({title: t('Remove {name}?', {name}),
	    text: t('It cannot call any more, and its sessions end.'),
	    action: t('Remove')}))
		return;
	await send('POST', '/admin/integration/remove', {name});
	say(t('{name} is removed.', {name}));
	await again();
}

function list(context, rows, again) {
	return table(t('Integrations'), [
		{name: t('Name'), head: true, show: (i) => i.name},
		{name: t('Roles'), show: (i) => el('span.badges',
		    i.roles.map((role) => badge(role)))},
		{name: t('Applications'), show: (i) => i.apps?.join(', ') ??
		    t('all of them')},
		{name: t('Last used'), time: true,
		    show: (i) => timeOf(i.lastUsed) || t('never')},
		{name: t('What to do'), show: (i) => el('span.badges',
		    actor(t('New secret'), () => rotate(context, i),
			context.say, 'small'),
		    i.name !== session.name && actor(t('Remove'), () =>
			    remove(context, i, again), context.say,
		    'danger small'))},
	], rows, t('There is none.'));
}

/* --- a new one -------------------------------------------------------- */

function creation(again) {
	return section(t('Create an integration'), form({
	    action: t('Create'), fields: [
		{name: 'name', label: t('Name'), need: true, max: 64},
		{name: 'roles', label: t('Roles'), kind: 'checks', need: true,
		    options: ROLES.map((role) => [role, t(roleWords[role])])},
		{name: 'apps', label: t('Only for these applications'),
		    kind: 'area', rows: 2,
		    hint: t('One each line; empty: for all of them.')},
	    ], async submit({apps, ...values}) {
		    const made = await send('POST',
			'/admin/integration/create', {...values, ...apps
			    ? {apps: apps.split('\n').map((a) => a.trim())
				.filter(Boolean)} : {}});
		    tellSecret(made.name, made.token, made.secret);
		    await again();
	    }}));
}

export async function show(context) {
	const pages = pager(async (page, size) => (await get(
	    '/admin/integration/list', {page, size})).integrations,
	(rows) => list(context, rows, () => pages.again()));

	context.main.append(el('h1', t('Integrations')),
	    el('div.card', pages), creation(() => pages.again()));
	await pages.first();
}
