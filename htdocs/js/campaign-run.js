/* SPDX-License-Identifier: MIT */
/* How far a campaign is, its results, and the hand on it. */
import {get, send} from './api.js';
import {csvOf} from './csv.js';
import {button, download, el, facts, newId, section, table} from './dom.js';
import {actor} from './form.js';
import {platformName, stateBadge} from './names.js';
import {number, percent, t, timeOf} from './words.js';

const UNDER_WAY = ['queueing', 'sending', 'paused'];

/* --- progress --------------------------------------------------------- */

/* While messages are being queued their number still grows. */
function progress({state, queuedPercent, run: {counts}}) {
	const id = newId(), done = counts.total - counts.pending;
	const words = counts.total === 0
	    ? state === 'done' ? t('It had no device to reach.')
		: t('being prepared')
	    : t('{done} of {total} are done ({percent})', {
		done: number(done), total: number(counts.total),
		percent: percent(done, counts.total)});

	return el('div', el('p', {id}, words, queuedPercent < 100 &&
	    UNDER_WAY.includes(state) ? t('; {n} % of the users are queued',
		{n: queuedPercent}) : null),
	el('progress', {'aria-labelledby': id, max: counts.total || 1,
	    value: done}));
}

function tiles({run: {counts}}) {
	return el('div.tiles', ['sent', 'failed', 'expired', 'cancelled',
	    'pending'].map((name) => el('div.tile',
		el('b', {'data-count': name}, number(counts[name])),
		el('span', t(name)))));
}

/* --- results ---------------------------------------------------------- */

function rowsOf({run, outcomes}) {
	const sent = run.providers === undefined ? [{count: run.counts.sent}]
	    : Object.entries(run.providers).filter(([, n]) => n.sent > 0)
		.map(([platform, n]) => ({platform, count: n.sent}));

	return [...sent.map((o) => ({...o, outcome: 'sent'})),
	    ...outcomes ?? []];
}

function save(id, status) {
	download(`campaign-${id}.csv`, 'text/csv', csvOf(
	    ['platform', 'outcome', 'reason', 'devices'],
	    rowsOf(status).map((o) =>
		[o.platform, o.outcome, o.reason, o.count])));
}

function results(id, status) {
	return el('div', table(t('Results'), [
		{name: t('Result'), head: true,
		    show: (o) => stateBadge(o.outcome)},
		{name: t('Platform'), word: true,
		    show: (o) =>
			platformName(o.platform) ?? t('all of them')},
		{name: t('Why'), long: true,
		    show: (o) => o.reason ? t(o.reason) : ''},
		{name: t('Devices'), number: true,
		    show: (o) => number(o.count)},
	], rowsOf(status), ''),
	button(t('Download as CSV'), () => save(id, status), 'small'));
}

/* --- the hand --------------------------------------------------------- */

const verbs = [
	{verb: 'pause', label: 'Pause', states: ['queueing', 'sending']},
	{verb: 'resume', label: 'Go on', states: ['paused']},
	{verb: 'cancel', label: 'Cancel the rest', states: UNDER_WAY,
	    kind: 'danger'},
];

/* The buttons are made once, so that the focus stays while figures change. */
function handles({ask, say}, id, again) {
	const made = verbs.map((v) => [v, actor(t(v.label), async () => {
		if (v.kind && !await ask({title: t('Cancel the rest?'), text:
		    t('What is not sent yet will never be.'),
		action: t('Cancel the rest')}))
			return;
		await send('POST', `/push/campaign/${id}/${v.verb}`);
		await again();
	}, say, v.kind ?? '')]);

	return {element: el('div.buttons', made.map(([, b]) => b)),
	    tell: (state) => made.forEach(([v, b]) => {
		    b.hidden = !v.states.includes(state);
	    })};
}

/* element, and tell(status) when it has changed. */
export function runSection(context, id) {
	const place = el('div'), state = el('div', {role: 'status'});
	const hand = handles(context, id, async () =>
		tell(await get(`/push/campaign/${id}/status`)));
	const element = section(t('How far it is'), state, place,
	    hand.element);

	function tell(status) {
		const {run} = status;

		state.replaceChildren(stateBadge(status.state));
		hand.tell(status.state);
		place.replaceChildren(...!run ? [] : [progress(status),
			tiles(status),
			facts([[t('Begun'), timeOf(run.sendAt ?? run.created)],
			    [t('Complete'), timeOf(run.completed)],
			    [t('At most'), run.rate && t('{n} each second',
				{n: number(run.rate)})],
			    [t('Spread over'), run.spread]]),
			results(id, status)]);
	}
	return {element, tell};
}
