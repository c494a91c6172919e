/* SPDX-License-Identifier: MIT */
/*
 * The worker: shows what arrives, and opens where it leads. It is registered as
 * "sw.js?site=URL", with the URL that webpush.js describes. A message is that
 * of Declarative Web Push, which some browsers show without a worker.
 */
'use strict';
importScripts('webpush.js');

/* Every push must show something, or the browser takes the right away. */
function messageOf(event) {
	try {
		const message = event.data.json();
		if (message.web_push === 8030)
			return message.notification;
	} catch { /* no data, or not JSON */ }
	return {title: 'News', body: event.data?.text() ?? ''};
}

async function show(notification) {
	const {title, navigate, data, app_badge: badge, ...rest} = notification;
	const leads = {'': navigate};
	for (const action of rest.actions ?? [])
		leads[action.action] = action.navigate;
	await self.registration.showNotification(title,
	    {...rest, data: {leads, data}});
	if (badge !== undefined && navigator.setAppBadge)
		await navigator.setAppBadge(Number(badge)).catch(() => {});
	for (const page of await clients.matchAll({includeUncontrolled: true}))
		page.postMessage(notification);
}

async function open(notification, action) {
	const {leads = {}} = notification.data ?? {};
	const url = new URL(leads[action] ?? leads[''] ?? '.', self.location);
	notification.close();
	const pages = await clients.matchAll({type: 'window'});
	const there = pages.find((page) => page.url === url.href);
	return there ? there.focus() : clients.openWindow(url);
}

/* The service has ended the subscription: make a new one and tell the site. */
async function renew(event) {
	const from = new URL(self.location).searchParams.get('site');
	const site = await webPush.site(from);
	if (event.oldSubscription)
		await webPush.tell(site, site.forget, event.oldSubscription);
	await webPush.subscribe(site, self.registration);
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) =>
	event.waitUntil(clients.claim()));
self.addEventListener('push', (event) =>
	event.waitUntil(show(messageOf(event))));
self.addEventListener('notificationclick', (event) =>
	event.waitUntil(open(event.notification, event.action)));
self.addEventListener('pushsubscriptionchange', (event) =>
	event.waitUntil(renew(event)));
