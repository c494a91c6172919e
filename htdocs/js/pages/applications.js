/* SPDX-License-Identifier: MIT */
/* All applications, and a new one. */
import {get, isUnbound, send} from '../api.js';
import {badge, el, link, section, table} from '../dom.js';
import {form} from '../form.js';
import {platforms} from '../names.js';
import {pager} from '../pager.js';
import {t} from '../words.js';

function providersOf(app) {
	const has = Object.keys(platforms).filter((name) => app[name]);

	return has.length === 0 ? badge(t('no credentials'), 'warn')
	    : el('span.badges', has.map((name) =>
		badge(t(platforms[name]), 'good')));
}

function list(apps) {
	return table(t('Applications'), [
		{name: t('Application'), head: true, show: (app) =>
			link(`#/application/${encodeURIComponent(app.appId)}`,
			    app.appId)},
		{name: t('Sends to'), show: providersOf},
	], apps, t('There is none yet: create the first one below.'));
}

function creation() {
	return section(t('Create an application'), form({
	    action: t('Create'), kind: 'inline', fields: [
		{name: 'appId', label: t('Name'), need: true, max: 255,
		    hint: t('As your app servers name it in their calls.')},
	    ], async submit(values) {
		    await send('POST', '/admin/app/create', values);
		    location.hash = '#/application/' +
			encodeURIComponent(values.appId);
	    }}));
}

export async function show({main}) {
	const pages = pager(async (page, size) => (await get(
	    '/admin/app/list', {page, size})).applicationList, list);

	main.append(el('h1', t('Applications')), el('div.card', pages),
	    isUnbound() && creation() || '');
	await pages.first();
}
