/* SPDX-License-Identifier: MIT */
/* One campaign: whom it reaches, a test, its start, and how far it is. */
import {get, send, session} from '../api.js';
import {audienceSection} from '../campaign-users.js';
import {runSection} from '../campaign-run.js';
import {startSection} from '../campaign-start.js';
import {whySection} from '../campaign-why.js';
import {el, facts, section, table} from '../dom.js';
import {actor, form} from '../form.js';
import {platformName, stateBadge} from '../names.js';
import {phone} from '../phone.js';
import {number, t, timeOf} from '../words.js';

const WAIT_S = 20, AGAIN_MS = 1000;

/* --- the message ------------------------------------------------------ */

function wrong({platform, refusal, warning}) {
	const text = refusal ?? warning;

	return text && el(refusal ? 'p.fault' : 'p.hint',
	    `${platformName(platform)}: `, t(text));
}

function sizes(preview) {
	return [table(t('Size'), [
		{name: t('Platform'), head: true, word: true,
		    show: (p) => platformName(p.platform)},
		{name: t('Bytes'), number: true, show: (p) =>
			t('{n} of {limit}', {n: number(p.size),
			    limit: number(p.limit)})},
	], preview.providers, t('The application has no credentials yet.')),
	preview.providers.map(wrong)];
}

function payloads({providers}) {
	return providers.filter((p) => p.payload).map((p) => el('details',
	    el('summary', t('What {platform} gets',
		{platform: platformName(p.platform)})),
	    el('pre', {tabindex: 0}, JSON.stringify(p.payload, null, 2))));
}

function messageSection(campaign, preview) {
	const screen = phone(preview.providers.length > 0
	    ? preview.providers.map((p) => p.platform) : undefined);

	screen.show(campaign.appId, campaign.message);
	return section(t('Message'), screen, sizes(preview),
	    payloads(preview));
}

/* --- a test ----------------------------------------------------------- */

function tested(answer) {
	return table(t('Result'), [
		{name: t('Device'), head: true, show: (d) =>
			`${platformName(d.platform)} ${d.device}`},
		{name: t('State'), show: (d) => stateBadge(d.state)},
		{name: t('Why'), show: (d) => [d.reason && t(d.reason),
		    d.remedy && el('p.hint', t(d.remedy))]},
	], answer.devices ?? [], t('This user has no device here.'));
}

function testSection(campaign) {
	const place = el('div', {role: 'status'});

	return section(t('Test'), form({action: t('Send to me'),
	    kind: 'inline', fields: [
		{name: 'userId', label: t('User'), need: true, max: 255,
		    hint: t('Who need not be in the campaign.')},
	    ], async submit(values) {
		    place.replaceChildren(tested(await send('POST',
			`/push/campaign/send/test/${campaign.id}`,
			values)));
	    }}), place);
}

/* --- approval --------------------------------------------------------- */

/* Whoever has written it, or chosen its users, cannot. */
function approve(campaign, say, again) {
	const mine = [campaign.createdBy, campaign.changedBy]
	    .includes(session.name);

	return !mine && session.auth !== 'none' && actor(t('Approve'),
	    async () => {
		    await send('POST', `/push/campaign/${campaign.id}/approve`);
		    say(t('The campaign is approved.'));
		    await again();
	    }, say);
}

function peopleOf(campaign) {
	return facts([[t('Application'), campaign.appId],
	    [t('Written by'), campaign.createdBy],
	    [t('Users changed by'), campaign.changedBy],
	    [t('Approved by'), campaign.approvedBy],
	    [t('Approved'), timeOf(campaign.approved)]]);
}

async function remove({ask, say}, id) {
	if (!await ask({title: t('Delete the campaign?'), text: t('What is ' +
	    'not sent yet is not sent, and its figures are gone.'),
	action: t('Delete')}))
		return;
	await send('DELETE', `/push/campaign/${id}/delete`);
	say(t('The campaign is deleted.'));
	location.hash = '#/campaigns';
}

/* --- the page --------------------------------------------------------- */

/* Asks until something has changed; a server that has one call at a time
 * answers at once, so there is a pause. */
async function watch(context, id, tell) {
	let version;

	context.every(AGAIN_MS, async (background) => {
		const status = await get(`/push/campaign/${id}/status`,
		    version === undefined ? {}
			: {after: version, wait: `${WAIT_S}s`},
		    {background, signal: context.signal});

		if (status.version !== version)
			tell(status);
		({version} = status);
	});
}

export async function show(context) {
	const {main, rest: [id], say, signal} = context;
	const path = `/push/campaign/${id}`, people = el('div');
	const [campaign, preview] = await Promise.all([
		get(`${path}/detail`), get(`${path}/preview`)]);
	const again = async () => people.replaceChildren(
	    peopleOf(await get(`${path}/detail`)));
	const buttons = el('div.buttons'), away = actor(t('Delete'), () =>
		remove(context, id), say, 'danger');
	const offer = () => buttons.replaceChildren(
	    approve(campaign, say, again) || '', away);
	const run = runSection(context, id), begin = startSection(context, id);

	people.append(peopleOf(campaign));
	offer();
	context.ifOther(offer);
	main.append(el('div.head', el('h1', campaign.message.title ||
	    t('Campaign {id}', {id})), buttons),
	el('div.card', people), run.element, el('div.wide-left',
	    el('div', audienceSection(context, campaign),
		testSection(campaign), begin.element,
		whySection(id)),
	    messageSection(campaign, preview)));
	if (!signal.aborted)
		await watch(context, id, (status) => {
			run.tell(status);
			begin.tell(status);
		});
}
