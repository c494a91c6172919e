/* SPDX-License-Identifier: MIT */
/*
 * Calls of the API, at "../" of this page. The session is a cookie that no
 * script can read; a change is sent with the token that the sign-in has told.
 * A call whose session has ended waits until the reader has signed in again,
 * and is then repeated: nothing that was typed is lost. What was begun for one
 * integration is not done for another: that is told, and the page stays.
 */
import {t} from './words.js';

const PATIENCE_MS = 60000;
const base = new URL('../', document.baseURI);

export class ApiError extends Error {
	constructor(status, answer = {}) {
		super(answer.message ?? words(status));
		this.status = status;
		this.code = answer.code;
		this.violations = answer.violations ?? [];
	}
}

function words(status) {
	if (status === 0)
		return t('The server does not answer.');
	return t('The server answers {status}.', {status});
}

/* Who has signed in: name, roles, apps, csrfToken; null: nobody. */
export let session = null;
let signInAgain = () => Promise.reject(new ApiError(401)), putOff = false;
let changed = () => {}, told = null;

/* ask: has the reader sign in again; other: told when somebody else has. */
export function onSessionEnd(ask, other) {
	signInAgain = ask;
	changed = other;
}

function rightsOf({name, roles, apps} = {}) {
	return JSON.stringify([name, roles, apps]);
}

/* Reading is repeated for whoever has signed in now; a change is not. */
function greet(before, method) {
	if (rightsOf(before) === rightsOf(session))
		return;
	if (told !== session)
		changed();
	told = session;
	if (method !== 'GET')
		throw new ApiError(409, {message: t('You are signed in as ' +
			'{name} now, and nothing was done yet. What you have ' +
			'typed is still here: send it again to do it in this ' +
			'name.', {name: session.name})});
}

export function hasRole(...roles) {
	return roles.every((role) => session?.roles.includes(role));
}

/* Is the session for all applications? */
export function isUnbound() {
	return !session?.apps;
}

/* Some paths have an id out of the address of the page, which anybody can have
 * written into a link: "../" in it must not lead to another call. */
function address(path, query = {}) {
	const under = path.replace(/^\//, ''), url = new URL(under, base);

	if (url.pathname !== base.pathname + under)
		throw new ApiError(404);
	for (const [name, value] of Object.entries(query))
		if (value !== undefined && value !== null && value !== '')
			url.searchParams.set(name, value);
	return url;
}

/* A key for a call that must not be done twice: to be kept until it has been
 * answered. */
export function onceKey() {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)),
	    (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function request(method, {body, once, background, signal}) {
	const patience = AbortSignal.timeout(PATIENCE_MS);
	/* with X-Console a 401 has no window of the browser's own */
	const headers = {'X-CSRF-Token': session?.csrfToken ?? 'none',
	    'X-Console': background ? 'timer' : 'user'};

	if (body !== undefined)
		headers['Content-Type'] = 'application/json';
	if (once)
		headers['Idempotency-Key'] = once;
	return {method, headers, credentials: 'same-origin',
	    cache: 'no-store',
	    signal: signal ? AbortSignal.any([signal, patience]) : patience,
	    body: body === undefined ? undefined
		: JSON.stringify({requestObject: body})};
}

async function attempt(method, path, how) {
	const url = address(path, how.query);
	let answer, json;

	try {
		answer = await fetch(url, request(method, how));
		json = await answer.json();
	} catch (fault) {
		if (how.signal?.aborted)
			throw fault;
		throw new ApiError(answer?.ok === false ? answer.status : 0);
	}
	if (!answer.ok)
		throw new ApiError(answer.status, json.responseObject);
	return json;
}

/* Has another window signed in, so that the token of this one is old? */
async function tokenIsOld() {
	const before = session?.csrfToken;

	session = (await attempt('GET', '/admin/session', {})).responseObject;
	return session.csrfToken !== before;
}

/* Whoever has put it off is asked again at the next thing that he does, and not
 * by what the page does by itself. */
async function comeBack(fault, background) {
	if (background && putOff)
		throw fault;
	try {
		await signInAgain();
		putOff = false;
	} catch (later) {
		putOff = true;
		throw later;
	}
}

/* The whole answer. how: query, body, signal; once: a key of onceKey;
 * background: the page calls by itself, which is no use of the session. */
export async function ask(method, path, how = {}) {
	const before = session;

	try {
		return await attempt(method, path, how);
	} catch (fault) {
		if (fault.status === 401)
			await comeBack(fault, how.background);
		else if (fault.status !== 403 || method === 'GET' ||
		    !await tokenIsOld())
			throw fault;
		greet(before, method);
		return attempt(method, path, how);
	}
}

export async function get(path, query, how = {}) {
	return (await ask('GET', path, {query, ...how})).responseObject;
}

export async function send(method, path, body = {}, once = undefined) {
	return (await ask(method, path, {body, once})).responseObject;
}

/* --- the session ------------------------------------------------------ */

/* Is there a session already? */
export async function findSession() {
	try {
		session = (await attempt('GET', '/admin/session', {}))
		    .responseObject;
	} catch (fault) {
		if (fault.status !== 401)
			throw fault;
		session = null;
	}
	return session;
}

export async function signIn(token, secret) {
	session = (await attempt('POST', '/admin/session',
	    {body: {token, secret}})).responseObject;
}

/* A session that is over already is no fault. */
export async function signOut() {
	await attempt('DELETE', '/admin/session', {}).catch((fault) => {
		if (fault.status !== 401)
			throw fault;
	});
	session = null;
}
