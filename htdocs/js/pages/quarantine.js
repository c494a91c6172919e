/* SPDX-License-Identifier: MIT */
/* Devices that get nothing since their provider has given them up. */
import {get, send} from '../api.js';
import {el, link, table} from '../dom.js';
import {actor} from '../form.js';
import {platformName} from '../names.js';
import {pager} from '../pager.js';
import {t, timeOf} from '../words.js';

async function restore({appId, device}, say, again) {
	await send('POST', '/admin/device/restore', {appId, device});
	say(t('The device gets messages again.'));
	await again();
}

function list(devices, say, again) {
	return table(t('In quarantine'), [
		{name: t('User'), head: true, show: (d) =>
			link(`#/users?${new URLSearchParams(
			    {userId: d.userId})}`, d.userId)},
		{name: t('Platform'), word: true,
		    show: (d) => platformName(d.platform)},
		{name: t('Registered'), time: true,
		    show: (d) => timeOf(d.registered)},
		{name: t('Since'), time: true,
		    show: (d) => timeOf(d.quarantine.since)},
		{name: t('Why'), long: true,
		    show: (d) => t(d.quarantine.reason ?? '')},
		{name: t('What to do'), show: (d) => actor(t('Restore'),
		    () => restore(d, say, again), say, 'small')},
	], devices, t('No device is in quarantine.'));
}

export async function show({main, rest: [appId], say}) {
	const pages = pager(async (page, size) => (await get(
	    '/admin/device/quarantine', {appId, page, size})).devices,
	(devices) => list(devices, say, () => pages.again()));

	main.append(el('h1', t('In quarantine: {app}', {app: appId})),
	    el('div.card', pages));
	await pages.first();
}
