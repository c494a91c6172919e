/* SPDX-License-Identifier: MIT */
/* A user's devices, and what became of the messages to them. */
import {ask, get, hasRole, isUnbound, send} from '../api.js';
import {appField} from '../apps.js';
import {badge, el, link, section, table} from '../dom.js';
import {actor, form} from '../form.js';
import {platformName, stateBadge} from '../names.js';
import {pager} from '../pager.js';
import {registration} from '../register.js';
import {t, timeOf} from '../words.js';

function addressOf(page, {userId, appId}) {
	return `#/${page}?${new URLSearchParams({userId,
	    ...appId ? {appId} : {}})}`;
}

/* The page of an address, also if it is the one that is shown. */
function goTo(address) {
	if (location.hash === address)
		dispatchEvent(new Event('hashchange'));
	else
		location.hash = address;
}

/* --- devices ---------------------------------------------------------- */

function stateOf(device) {
	if (!device.quarantine)
		return device.active ? badge(t('active'), 'good')
		    : badge(t('inactive'), 'warn');
	return el('div', badge(t('in quarantine'), 'bad'),
	    el('p.hint', t('since {time}', {
		time: timeOf(device.quarantine.since)}),
		device.quarantine.reason
		    ? `: ${t(device.quarantine.reason)}` : null));
}

function restore(context, device, again) {
	return device.quarantine && hasRole('admin') &&
	    actor(t('Restore'), async () => {
		    await send('POST', '/admin/device/restore',
			{appId: device.appId, device: device.device});
		    context.say(t('The device gets messages again.'));
		    await again();
	    }, context.say, 'small');
}

function deviceTable(context, devices, again) {
	return table(t('Devices'), [
		{name: t('Device'), head: true, show: (d) =>
			`${platformName(d.platform)} ${d.token}`},
		{name: t('Application'), show: (d) => d.appId},
		{name: t('Environment'), show: (d) => d.environment
		    ? t(d.environment) : ''},
		{name: t('Registered'), time: true,
		    show: (d) => timeOf(d.registered)},
		{name: t('State'), show: stateOf},
		...devices.some((d) => d.quarantine) ? [{
			name: t('What to do'), show: (d) =>
			restore(context, d, again) || ''}] : [],
	], devices, t('This user has no device here.'));
}

async function deviceSection(context, asked) {
	const pages = pager(async (page, size) => (await get(
	    '/push/device/list', {...asked, page, size})).devices,
	(devices) => deviceTable(context, devices, () => pages.again()));

	await pages.first();
	return section(t('Devices'), pages, hasRole('send') && el('div.buttons',
	    link(addressOf('send', asked), t('Send a message'))));
}

/* --- messages --------------------------------------------------------- */

export function messageTable(records) {
	return table(t('Messages'), [
		{name: t('Message'), head: true, word: true, show: (r) =>
			link(`#/message/${r.messageId}`, r.messageId)},
		{name: t('Application'), show: (r) => r.appId},
		{name: t('Platform'), word: true,
		    show: (r) => platformName(r.platform) ?? ''},
		{name: t('Accepted'), time: true,
		    show: (r) => timeOf(r.accepted)},
		{name: t('State'), show: (r) => stateBadge(r.state)},
		{name: t('Why'), long: true, show: (r) => [
		    r.reason && t(r.reason),
		    r.next && el('p.hint', t('next try {time}',
			{time: timeOf(r.next)})),
		    r.remedy && el('p.hint', `${t('What to do')}: `,
			t(r.remedy))]},
	], records, t('No message is known: campaigns are not listed here.'));
}

async function messageSection(userId) {
	const pages = pager(async (page, size) => (await ask('GET',
	    '/admin/message/list', {query: {userId, page, size}}))
	    .responseObject, messageTable);

	await pages.first();
	return section(t('What became of messages'), pages);
}

/* --- the page --------------------------------------------------------- */

export async function show(context) {
	const {main, query} = context;
	const asked = {userId: query.get('userId') ?? '',
	    appId: query.get('appId') ?? ''};

	main.append(el('h1', t('Users')), el('div.card', form({
	    action: t('Find'), kind: 'inline', fields: [
		{name: 'userId', label: t('User'), need: true, max: 255,
		    value: asked.userId},
		await appField({value: asked.appId, any: t('all of them')}),
	    ], submit(values) {
		    location.hash = addressOf('users', values);
	    }})));
	main.append(await registration(asked, (device) => {
		context.say(t('The device is registered.'));
		goTo(addressOf('users', device));
	}));
	if (!asked.userId)
		return;
	main.append(await deviceSection(context, asked));
	if (hasRole('admin') && isUnbound())
		main.append(await messageSection(asked.userId));
}
