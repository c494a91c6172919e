/* SPDX-License-Identifier: MIT */
/* The start: words, session, and the page that the address names. An address
 * is "#/campaigns/12?page=2": what stands behind the # reaches no server. */
import {findSession, hasRole, isUnbound, onSessionEnd} from './api.js';
import {el, link} from './dom.js';
import {makeShell} from './shell.js';
import {askAgain, signInPage} from './signin.js';
import {loadWords, t} from './words.js';

/* In the order of the menu; a page without a name is not in it. whole: only
 * for a session that is bound to no applications. of: its address names what
 * it is of, which has that form. */
const pages = [
	{path: 'overview', name: 'Overview', roles: ['admin']},
	{path: 'applications', name: 'Applications', roles: ['admin']},
	{path: 'application', roles: ['admin'], of: /./},
	{path: 'quarantine', roles: ['admin'], of: /./},
	{path: 'users', name: 'Users', roles: ['device']},
	{path: 'message', roles: ['admin'], whole: true, of: /^\d+$/},
	{path: 'send', name: 'Send', roles: ['send']},
	{path: 'campaigns', name: 'Campaigns', roles: ['campaign']},
	{path: 'campaign', roles: ['campaign'], of: /^\d+$/},
	{path: 'campaign-new', roles: ['campaign']},
	{path: 'inbox', name: 'Inbox', roles: ['inbox']},
	{path: 'integrations', name: 'Integrations', roles: ['admin'],
	    whole: true},
	{path: 'audit', name: 'Audit trail', roles: ['admin'], whole: true},
];

let shell, leave = () => {}, tellOther = () => {};

function mayShow(page) {
	return hasRole(...page.roles) && (!page.whole || isUnbound());
}

/* --- a page ----------------------------------------------------------- */

/* Anybody can have written the address: a name that is none is no page. */
function decoded(part) {
	try {
		return decodeURIComponent(part);
	} catch {
		return null;
	}
}

function asked() {
	const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
	const [name, ...rest] = path.replace(/\/$/, '').split('/').map(decoded);

	return {name, rest, query: new URLSearchParams(query)};
}

/* undefined: there is no such page. Without a name it is the first. */
function pageOf({name, rest}) {
	if (name === '' && rest.length === 0)
		return pages.find((p) => p.name && mayShow(p));
	return pages.find((p) => p.path === name && (p.of
	    ? rest.length === 1 && rest[0] !== null && p.of.test(rest[0])
	    : rest.length === 0));
}

/* What a page gets: where to show, what was asked, how to refresh, and how it
 * is told that somebody else has signed in while it stays. */
function contextOf(where, main) {
	const gone = new AbortController();

	leave = () => gone.abort();
	tellOther = () => {};
	return {...where, main, signal: gone.signal, say: shell.say,
	    ask: shell.ask,
	    ifOther(tell) {
		    tellOther = tell;
	    },
	    every(ms, refresh) {
		    repeat(ms, refresh, gone.signal);
	    }};
}

/* Now and each ms while the page is shown and looked at; that the server does
 * not answer is told above the page until it does. */
async function repeat(ms, refresh, signal) {
	let first = true;

	while (!signal.aborted) {
		try {
			if (first || !document.hidden)
				await refresh(!first);
			shell.online();
			first = false;
		} catch (fault) {
			if (signal.aborted)
				return;
			shell.offline(fault);
		}
		await new Promise((go) => setTimeout(go, ms));
	}
}

function tellMissing(main) {
	main.replaceChildren(el('h1', t('There is no such page')),
	    el('p', t('The address is wrong, or what it names is gone.')),
	    el('p', link('#/', t('To the first page'))));
	shell.entered();
}

function refuse(main) {
	main.replaceChildren(el('h1', t('Nothing for you here')),
	    el('p', t('This integration does not have the role for it.')));
	shell.entered();
}

/* Until there is something to see; a screen reader is told, too. */
function loading() {
	return el('div.loading', {role: 'status'},
	    el('h1', t('One moment…')));
}

/* What was not found is no page; any other fault is told on what there is. */
function tellFault(main, fault) {
	if (!main.querySelector('h1'))
		main.prepend(el('h1', t('This page cannot be shown')));
	main.append(el('p.fault', {role: 'alert'}, t(fault.message)));
}

async function show() {
	const where = asked();
	const page = pageOf(where), main = shell.main();

	leave();
	shell.online();
	shell.mark(page?.path);
	if (!page && (where.name !== '' || where.rest.length > 0))
		return tellMissing(main);
	if (!page || !mayShow(page))
		return refuse(main);
	const context = contextOf(where, main), note = loading();
	main.append(note);
	try {
		const {show: fill} = await import(`./pages/${page.path}.js`);
		await fill(context);
		note.remove();
	} catch (fault) {
		note.remove();
		if (!context.signal.aborted)
			tellFault(main, fault);
	}
	shell.entered(context.signal);
}

/* --- the start -------------------------------------------------------- */

function menu() {
	return pages.filter((p) => p.name && mayShow(p));
}

/* A page in which something was typed stays: the same person may have signed
 * in with another integration, and is to lose nothing. */
function becomeOther() {
	shell.offer(menu());
	if (shell.isTyped())
		tellOther();
	else
		show();
}

function enter() {
	shell = makeShell(menu());
	onSessionEnd(askAgain, becomeOther);
	return show();
}

async function start() {
	await loadWords();
	addEventListener('hashchange', () => shell && show());
	if (!await findSession())
		await signInPage();
	await enter();
}

start().catch((fault) => document.body.replaceChildren(
    el('main', el('h1', 'Outpost'), el('p.fault', {role: 'alert'},
	fault.message))));
