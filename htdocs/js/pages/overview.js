/* SPDX-License-Identifier: MIT */
/* What waits and why, what was sent and failed, who sends. */
import {get, isUnbound} from '../api.js';
import {barChart, lineChart} from '../chart.js';
import {badge, el, facts, first, link, section, table} from '../dom.js';
import {goOnButton, stopButton} from '../holds.js';
import {platformName, stateBadge} from '../names.js';
import {ago, duration, number, t, timeOf, tn} from '../words.js';

const EVERY_MS = 5000;
const spans = [[3, '3 hours'], [24, '24 hours'], [168, '7 days']];

/* --- what is read ----------------------------------------------------- */

/* Counts over time are of all applications: not for a session of some. came is
 * told of each answer: a long queue takes a while to count, and what else there
 * is to see need not wait for it. */
async function read(hours, how, came) {
	const figures = {};
	const ask = async (name, path, query = {}) => {
		figures[name] = await get(path, query, how);
		came(figures);
	};

	await Promise.all([
		isUnbound() && ask('minutes', '/admin/minutes', {hours}),
		ask('health', '/admin/app/health', {state: 'held'}),
		ask('upkeep', '/admin/upkeep'),
		ask('queue', '/admin/queue'),
	]);
	return figures;
}

/* --- held ------------------------------------------------------------- */

function appLink(appId) {
	return link(`#/application/${encodeURIComponent(appId)}`, appId);
}

/* A hold is told once, though each credential has it as its state. */
function troubles({queue, health}) {
	const held = health.health.filter((h) =>
	    !health.holds.some((hold) => hold.appId === h.appId &&
		['all', h.provider].includes(hold.provider) &&
		(!hold.host || hold.host === h.host)));
	const waiting = queue.queue.filter((row) => row.reason &&
	    row.rows > 0 && !['held', 'suspended'].includes(row.state));

	return [
		...health.holds.map((h) => ({...h, isHold: true,
		    what: t('held by an operator')})),
		...held.map((h) => ({...h, what: t('stopped')})),
		...waiting.map((row) => ({...row,
		    what: t(row.state)})),
	];
}

function troubleOf(context, h, again) {
	return el('div.trouble',
	    el('p', appLink(h.appId), ', ',
		platformName(h.provider) ?? t('all platforms'),
		h.host ? ` (${h.host})` : null, ': ', h.what,
		h.reason ? `: ${t(h.reason)}` : null),
	    h.since && el('p.todo', t('since {time}',
		{time: timeOf(h.since)})),
	    h.remedy && el('p.todo', `${t('What to do')}: `, t(h.remedy)),
	    h.isHold && el('p', goOnButton(context, h, again)));
}

function heldSection(context, figures, again) {
	const list = troubles(figures);

	return section(t('What needs you'), list.length === 0
	    ? el('p.none', t('Nothing: all that is sent is on its way.'))
	    : first(list, (shown) => shown.map((h) =>
		troubleOf(context, h, again))));
}

/* --- what waits ------------------------------------------------------- */

const STOPPED = ['held', 'later'];

function queueSection(context, {queue}, again) {
	return section(t('What waits'), first(queue.queue, (rows) => table(
	    t('What waits'), [
		{name: t('Application'), head: true,
		    show: (r) => appLink(r.appId)},
		{name: t('Platform'), word: true,
		    show: (r) => platformName(r.provider) ?? t('later')},
		{name: t('Kind'), show: (r) => r.lane === 0 ? t('messages')
		    : t('campaigns')},
		{name: t('Waiting'), number: true,
		    show: (r) => r.more ? t('{n} or more', {n: number(r.rows)})
			: number(r.rows)},
		{name: t('Oldest'), number: true,
		    show: (r) => duration(r.oldestSeconds)},
		{name: t('State'), show: (r) => stateBadge(r.state)},
		{name: t('What to do'), show: (r) => !STOPPED.includes(r.state)
		    && platformName(r.provider)
		    ? stopButton(context, r, again) : ''},
	], rows, t('Nothing waits.'))));
}

/* --- over time -------------------------------------------------------- */

function sums(providers, name, n) {
	return Array.from({length: n}, (_, i) => Object.values(providers)
	    .reduce((sum, p) => sum + (p[name]?.[i] ?? 0), 0));
}

/* Of several providers the slowest; null where none has answered. */
function slowest(providers, name, n) {
	return Array.from({length: n}, (_, i) => {
		const all = Object.values(providers)
		    .filter((p) => p.answered[i] > 0).map((p) => p[name][i]);

		return all.length > 0 ? Math.max(...all) : null;
	});
}

function timesOf({from, stepSeconds, steps}) {
	const begin = Date.parse(from);

	return Array.from({length: steps}, (_, i) =>
		new Date(begin + i * stepSeconds * 1000));
}

function timeSection(minutes, choose) {
	const times = timesOf(minutes), n = times.length;
	const {providers} = minutes;

	return section(t('Over time'), choose,
	    el('div.columns',
		barChart(t('Sent and failed'), times, [
			{name: t('sent'), kind: 'sent',
			    values: sums(providers, 'sent', n)},
			{name: t('failed'), kind: 'failed',
			    values: sums(providers, 'failed', n)},
			{name: t('expired'), kind: 'expired',
			    values: sums(providers, 'expired', n)},
		]),
		lineChart(t('Answers of the providers, milliseconds'), times, [
			{name: t('half of them'), kind: 'p50',
			    values: slowest(providers, 'p50Ms', n)},
			{name: t('95 of 100'), kind: 'p95',
			    values: slowest(providers, 'p95Ms', n)},
		])));
}

function total(minutes, name) {
	return Object.values(minutes.providers).reduce((sum, p) => sum +
	    (p[name] ?? []).reduce((a, b) => a + b, 0), 0);
}

/* --- who sends -------------------------------------------------------- */

function stateOf({alive, draining}) {
	if (!alive)
		return badge(t('gone'), 'bad');
	return draining ? badge(t('being taken out of service'), 'warn')
	    : badge(t('running'), 'good');
}

/* Of a cluster of databases: the server, and how far its clock is ahead. */
function nodeOf({figures: {node, nodeAheadMs} = {}}) {
	return node && nodeAheadMs ? t('{node}, its clock {n} ms ahead',
	    {node, n: number(nodeAheadMs)}) : node ?? '';
}

function senderSection({queue}) {
	return section(t('Who sends'), first(queue.instances, (rows) => table(
	    t('Who sends'), [
		{name: t('Name'), head: true, show: (i) => i.name},
		{name: t('Machine'), show: (i) => i.host ?? ''},
		...queue.instances.some(nodeOf)
		    ? [{name: t('Database'), show: nodeOf}] : [],
		{name: t('State'), show: stateOf},
		{name: t('Started'), time: true,
		    show: (i) => timeOf(i.started)},
		{name: t('Last seen'), number: true, show: (i) =>
			ago(i.seenSecondsAgo)},
		{name: t('Shards'), number: true,
		    show: (i) => number(i.shards)},
	], rows, t('No sendd has run yet: start outpost-sendd.'))));
}

function mostFirst(quarantine) {
	return [...quarantine].sort((a, b) => b.devices - a.devices);
}

function upkeepSection({upkeep}) {
	return section(t('Upkeep'),
	    facts(upkeep.maintenance.map((m) => [m.program, m.ended
		? timeOf(m.ended) : t('never')])),
	    el('h3', t('In quarantine')), first(mostFirst(upkeep.quarantine),
		(rows) => table(t('In quarantine'), [
		{name: t('Application'), head: true, show: (q) => link(
		    `#/quarantine/${encodeURIComponent(q.appId)}`, q.appId)},
		{name: t('Platform'), word: true,
		    show: (q) => platformName(q.platform)},
		{name: t('Why'), long: true, show: (q) => t(q.reason ?? '')},
		{name: t('Devices'), number: true,
		    show: (q) => number(q.devices)},
	    ], rows, t('No device is in quarantine.'))));
}

/* --- the page --------------------------------------------------------- */

function tile(value, name) {
	return el('div.tile', el('b', number(value)), el('span', name));
}

function tiles({queue, minutes, upkeep}) {
	const alive = queue?.instances.filter((i) => i.alive).length;
	const gone = upkeep?.quarantine.reduce((sum, q) => sum + q.devices, 0);

	return el('div.tiles', queue && tile(queue.rows, t('waiting')),
	    minutes && tile(total(minutes, 'sent'), t('sent')),
	    minutes && tile(total(minutes, 'failed'), t('failed')),
	    upkeep && tile(gone, tn(gone, 'device in quarantine',
		'devices in quarantine')),
	    queue && tile(alive, tn(alive, 'sender', 'senders')));
}

function spanChooser(changed) {
	const select = el('select', {on: {change: () =>
		changed(Number(select.value))}},
	    spans.map(([hours, name]) => el('option', {value: hours},
		t(name))));

	return el('label.span', t('The last'), select);
}

/* What has not changed is not drawn anew, so that the focus stays. */
function keeper() {
	let before = '';

	return (figures, draw) => {
		const now = JSON.stringify(figures);

		if (now !== before)
			draw(figures);
		before = now;
	};
}

export async function show(context) {
	const {main, every, signal} = context;
	const body = el('div'), ifChanged = keeper();
	let hours = 3, isWhole = false;
	const draw = (figures) => {
		const {health, minutes, queue, upkeep} = figures;
		const sections = [tiles(figures),
			queue && health && heldSection(context, figures, again),
			minutes && timeSection(minutes, choose),
			queue && queueSection(context, figures, again),
			queue && senderSection(figures),
			upkeep && upkeepSection(figures)];

		body.replaceChildren(...sections.filter(Boolean));
	};
	const refresh = async (background) => {
		const came = isWhole ? () => {} : draw;

		ifChanged(await read(hours, {background, signal}, came), draw);
		isWhole = true;
	};
	const again = () => refresh(false);
	const choose = spanChooser((chosen) => {
		hours = chosen;
		refresh(false);
	});

	main.append(el('h1', t('Overview')), body);
	every(EVERY_MS, refresh);
}
