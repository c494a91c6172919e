/* SPDX-License-Identifier: MIT */
/*
 * A visitor's browser and a site that sends with Outpost. The page loads it by
 * <script src="webpush.js">, its worker by importScripts. What the site says
 * of itself comes from one URL (subscribe.php, or a file as site.json):
 *
 *   key      the public VAPID key of the application
 *   save     where a subscription goes; forget: where it is taken back
 *   csrf     sent back in the header X-CSRF-Token; may be absent
 *   request  members for the body beside the token; may be absent
 */
'use strict';

const webPush = {
	async site(url) {
		const answer = await fetch(url, {cache: 'no-store'});
		if (!answer.ok)
			throw new Error(`${url}: ${answer.status}`);
		return {url, ...await answer.json()};
	},

	/* Older browsers want the key as bytes. */
	bytes(key) {
		const text = atob(key.replace(/-/g, '+').replace(/_/g, '/'));
		return Uint8Array.from(text, (c) => c.charCodeAt(0));
	},

	/* A browser stays with the key that it subscribed with. */
	isOf(subscription, key) {
		const had = subscription.options?.applicationServerKey;
		const want = webPush.bytes(key);
		return !had || new Uint8Array(had).every((b, i) => b === want[i]);
	},

	/* The user is not sent: the site knows who has logged in. */
	async tell(site, url, subscription) {
		const token = {...subscription.toJSON(),
		    applicationServerKey: site.key};
		const answer = await fetch(url, {
			method: 'POST',
			headers: {'Content-Type': 'application/json',
			    ...(site.csrf && {'X-CSRF-Token': site.csrf})},
			body: JSON.stringify(
			    {requestObject: {...site.request, token}}),
		});
		if (!answer.ok)
			throw new Error(`${url}: ${answer.status}`);
	},

	/* To be called in a click, if the visitor has not been asked yet. */
	async subscribe(site, registration) {
		const push = registration.pushManager;
		let subscription = await push.getSubscription();
		if (subscription && !webPush.isOf(subscription, site.key)) {
			await subscription.unsubscribe();
			subscription = null;
		}
		subscription ??= await push.subscribe({userVisibleOnly: true,
		    applicationServerKey: webPush.bytes(site.key)});
		await webPush.tell(site, site.save, subscription);
		return subscription;
	},

	/* On each visit: a browser may have got a new subscription. */
	async resend(site, registration) {
		const push = registration.pushManager;
		if (Notification.permission !== 'granted' ||
		    !await push.getSubscription())
			return null;
		return webPush.subscribe(site, registration);
	},

	/* At log-out: what comes later is for the next user. */
	async leave(site, registration) {
		const subscription =
		    await registration.pushManager.getSubscription();
		if (!subscription)
			return;
		await webPush.tell(site, site.forget, subscription);
		await subscription.unsubscribe();
	},
};
