/* SPDX-License-Identifier: MIT */
/* One application: its credentials, what the providers say of them, and an
 * operator's stop. */
import {ApiError, get, send} from '../api.js';
import {badge, el, facts, first, section} from '../dom.js';
import {goOnButton, stopButton} from '../holds.js';
import {actor} from '../form.js';
import {credentialForms} from '../credentials.js';
import {platformName, platforms, stateBadge} from '../names.js';
import {t, timeOf} from '../words.js';

/* --- what the provider says ------------------------------------------- */

async function read(appId) {
	const [detail, health] = await Promise.all([
		send('POST', '/admin/app/detail', {appId, includeApns: true,
		    includeFcm: true, includeHms: true,
		    includeWebpush: true}),
		get('/admin/app/health', {appId}),
	]);

	return {detail, ...health};
}

/* What providers have answered so far, the troubles first: of browsers there
 * is an answer from each host. */
function healthOf(health) {
	const trouble = health.filter((h) => h.state !== 'ok');
	const fine = health.filter((h) => h.state === 'ok');

	return first([...trouble, ...fine], (shown) => shown.map(answerOf));
}

function answerOf(h) {
	return el(h.state === 'ok' ? 'div' : 'div.trouble',
	    el('p', stateBadge(h.state), h.environment
		? ` ${t(h.environment)}` : ` ${h.host ?? ''}`,
		h.reason ? ` ${t(h.reason)}` : null),
	    h.remedy && el('p.todo', `${t('What to do')}: `, t(h.remedy)),
	    el('p.hint', t('last seen {time}', {time: timeOf(h.seen)})));
}

/* The names of fields as the detail has them: apnsKeyId, fcmProjectId. */
function shownFields(detail, name) {
	return Object.entries(detail)
	    .filter(([member]) => member !== 'application' &&
		member.startsWith(name))
	    .map(([member, value]) => {
		    const field = member.slice(name.length);
		    return [t(field.replace(/([A-Z])/g, ' $1').trim()),
			field === 'Environment' ? t(value) : value];
	    });
}

async function check(appId, place) {
	place.replaceChildren(el('p.none', t('Asking the providers…')));
	const answer = await send('POST', '/admin/app/check',
	    {appId, live: true});
	const {live} = answer;

	place.replaceChildren(...Object.keys(platforms)
	    .filter((name) => answer[name] && answer[name].state !== 'none')
	    .map((name) => resultOf(name, answer[name], live)));
}

function resultOf(name, stored, live) {
	const asked = live?.[name];
	const result = stored.state !== 'ok' ? stored.state
	    : asked?.result ?? t('not asked');
	const reason = stored.reason ?? asked?.reason ??
	    (typeof live === 'string' ? live : null);

	return el('p', `${platformName(name)}: `, stateBadge(result),
	    reason ? ` ${t(reason)}` : null);
}

/* --- credentials ------------------------------------------------------ */

/* The service answers 409, with their number, when browsers need the key. */
async function removed(context, path, appId) {
	try {
		await send('DELETE', path, {appId});
		return true;
	} catch (fault) {
		if (!(fault instanceof ApiError) || fault.status !== 409)
			throw fault;
		if (!await context.ask({title: t('Remove the key even so?'),
		    text: fault.message, action: t('Remove')}))
			return false;
		await send('DELETE', path, {appId, force: true});
		return true;
	}
}

async function remove(context, appId, name, again) {
	const yes = await context.ask({
	    title: t('Remove the credentials?'),
	    text: t('Nothing can be sent to {platform} by {app} then.',
		{platform: platformName(name), app: appId}),
	    action: t('Remove')});

	if (!yes || !await removed(context, `/admin/app/${name}`, appId))
		return;
	context.say(t('The credentials are removed.'));
	await again();
}

function providerSection(context, appId, name, state, again) {
	const has = state.detail.application[name];
	const saved = async (answer) => {
		const warnings = answer?.warnings ?? [];
		context.say([t('Saved.'), ...warnings.map((w) => w.message)]
		    .join(' '));
		await again();
	};

	return section(platformName(name),
	    el('p', has ? badge(t('configured'), 'good')
		: badge(t('not configured'))),
	    facts(shownFields(state.detail, name)),
	    healthOf(state.health.filter((h) => h.provider === name)),
	    el('details', {open: false}, el('summary', has
		? t('Change') : t('Configure')),
		credentialForms[name](appId, state.detail, saved)),
	    has && el('div.buttons', actor(t('Remove'), () =>
		remove(context, appId, name, again), context.say,
	    'danger small')));
}

/* --- an operator's stop ------------------------------------------------- */

function holdOf(context, hold, again) {
	return el('div.trouble', el('p', t('{what} is stopped since {time}', {
	    what: platformName(hold.provider) ?? t('everything'),
	    time: timeOf(hold.since)}), hold.host ? ` (${hold.host})` : null,
	hold.reason ? `: ${hold.reason}` : null),
	el('p.todo', t('What comes in waits.')),
	el('p', goOnButton(context, hold, again)));
}

/* What is stopped as a whole has one button, which ends all of it. */
function holdSection(context, appId, holds, again) {
	const whole = holds.filter((h) => !platformName(h.provider));
	const shown = whole.length > 0 ? whole : holds;

	return shown.length > 0
	    ? section(t('Stopped by an operator'),
		first(shown, (some) => some.map((h) =>
		    holdOf(context, h, again))))
	    : el('div.buttons', stopButton(context, {appId}, again));
}

/* --- the page --------------------------------------------------------- */

export async function show(context) {
	const [appId] = context.rest, {main, say} = context;
	const body = el('div'), answers = el('div', {role: 'status'});
	const again = async () => {
		const state = await read(appId);

		body.replaceChildren(holdSection(context, appId, state.holds,
		    again), el('div.columns',
		    Object.keys(platforms).map((name) =>
			providerSection(context, appId, name, state,
			    again))));
	};

	main.append(el('div.head', el('h1', appId),
	    actor(t('Ask the providers now'), () => check(appId, answers),
		say)), answers, body);
	await again();
}
