/* SPDX-License-Identifier: MIT */
/* The page: two buttons, and a list of what has arrived. */
'use strict';

const at = (id) => document.getElementById(id);
const source = document.body.dataset.site;

function say(text) {
	at('status').textContent = text;
}

function list({title, body, navigate}) {
	const item = at('arrived').appendChild(document.createElement('li'));
	const link = item.appendChild(document.createElement('a'));
	link.textContent = title;
	link.href = navigate ?? '#';
	item.append(` ${body ?? ''}`);
}

/* Is there all that is needed? On an iPhone a page has it only when it is on
 * the Home Screen, and anywhere only over https or on this machine. */
function missing() {
	if (!window.isSecureContext)
		return 'This page must come over https.';
	if (!('serviceWorker' in navigator))
		return 'This browser has no service workers.';
	if (!('PushManager' in window))
		return 'This browser has no Web Push. On an iPhone or iPad: ' +
		    'Share, Add to Home Screen, and open it from there.';
	return null;
}

function show(subscription) {
	say(subscription ? 'This browser gets messages.'
	    : 'This browser gets no messages.');
	at('subscribe').disabled = Boolean(subscription);
	at('leave').disabled = !subscription;
}

/* A fault is told where the visitor looks. */
function onClick(id, action) {
	at(id).addEventListener('click', () => action().then(show,
	    (fault) => say(`Not done: ${fault.message}`)));
}

async function start() {
	const lack = missing();
	if (lack)
		throw new Error(lack);
	navigator.serviceWorker.addEventListener('message',
	    (event) => list(event.data));
	await navigator.serviceWorker.register(
	    `sw.js?site=${encodeURIComponent(source)}`);
	const site = await webPush.site(source);
	const registration = await navigator.serviceWorker.ready;
	onClick('subscribe', () => webPush.subscribe(site, registration));
	onClick('leave', () => webPush.leave(site, registration));
	show(await webPush.resend(site, registration));
}

start().catch((fault) => say(fault.message));
