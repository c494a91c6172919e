/* SPDX-License-Identifier: MIT */
/* A message to one user, with what each provider will get. */
import {onceKey, send} from '../api.js';
import {appField} from '../apps.js';
import {el, section, table} from '../dom.js';
import {helpWriting, messageFields, messageOf, moreFields} from '../editor.js';
import {form} from '../form.js';
import {platformName, stateBadge} from '../names.js';
import {phone} from '../phone.js';
import {number, t} from '../words.js';

const PAUSE_MS = 400; /* without a key pressed, before a preview is asked */

function requestOf(values) {
	return {appId: values.appId, message: {userId: values.userId,
	    priority: values.normal ? 'NORMAL' : 'HIGH',
	    attributes: {silent: values.silent, personal: values.personal},
	    ...values.sendAt ? {sendAt: values.sendAt} : {},
	    body: messageOf(values)}};
}

function isEmpty(values) {
	return !values.silent && Object.keys(messageOf(values)).length === 0;
}

/* --- the preview ------------------------------------------------------ */

function payload(device) {
	return el('details', {open: true},
	    el('summary', platformName(device.platform), ' ', device.token,
		device.size ? t(', {size} of {limit} bytes',
		    {size: number(device.size),
			limit: number(device.limit)}) : null),
	    device.refusal && el('p.fault', t(device.refusal)),
	    device.warning && el('p.hint', t(device.warning)),
	    device.url && el('p', el('code', device.url)),
	    device.payload && el('pre', {tabindex: 0},
		JSON.stringify(device.payload, null, 2)));
}

function warningsOf(answer) {
	return (answer.warnings ?? []).map((w) => el('div.trouble',
	    el('p', t(w.message))));
}

function payloads(answer) {
	return [warningsOf(answer), answer.devices.length === 0
	    ? el('p.none', t('This user has no device here.'))
	    : answer.devices.map(payload)];
}

/* Asked for when the keys have rested, or now(); an answer that comes late is
 * left. */
function previewer(it, place, screen) {
	let timer = 0, turn = 0;

	async function look() {
		const mine = ++turn, values = it.values();

		screen.show(values.appId, messageOf(values), values.silent);
		if (!values.appId || !values.userId || isEmpty(values)) {
			place.replaceChildren(el('p.none', t('It is shown ' +
			    'as soon as there is a user and a text.')));
			return;
		}
		try {
			const answer = await send('POST',
			    '/push/message/preview', requestOf(values));
			if (mine === turn)
				place.replaceChildren(
				    ...payloads(answer).flat());
		} catch (fault) {
			if (mine === turn)
				place.replaceChildren(el('p.fault',
				    fault.message));
		}
	}
	return Object.assign(() => {
		clearTimeout(timer);
		timer = setTimeout(look, PAUSE_MS);
	}, {now: look});
}

/* --- the result ------------------------------------------------------- */

function resultOf(answer) {
	const counts = Object.entries(answer.result ?? {})
	    .filter(([, n]) => n.total > 0);

	return section(t('Message {id}', {id: answer.messageId}),
	    warningsOf(answer),
	    table(t('Result'), [
		{name: t('Platform'), head: true, word: true,
		    show: ([name]) => platformName(name)},
		...['sent', 'failed', 'pending'].map((word) =>
			({name: t(word), number: true,
			    show: ([, n]) => number(n[word])})),
	    ], counts, t('It reached no device.')),
	    (answer.failures ?? []).map((f) => el('div.trouble',
		el('p', platformName(f.platform) ?? '', ' ',
		    stateBadge(f.state), ' ', t(f.reason ?? '')),
		f.remedy && el('p.todo', `${t('What to do')}: `,
		    t(f.remedy)))));
}

/* --- the page --------------------------------------------------------- */

async function fieldsOf(query) {
	return [
		await appField({value: query.get('appId') ?? undefined}),
		{name: 'userId', label: t('User'), need: true, max: 255,
		    value: query.get('userId') ?? ''},
		...messageFields(), ...moreFields(),
		{name: 'sendAt', label: t('Not before'), kind: 'time'},
		{name: 'silent', label: t('Silent: for the app alone'),
		    kind: 'check'},
		{name: 'personal', label: t('Personal: only to an active ' +
		    'activation'), kind: 'check'},
		{name: 'normal', label: t('Not urgent: a phone may sleep on'),
		    kind: 'check'},
	];
}

export async function show({main, query, say}) {
	const screen = phone(), place = el('div'), result = el('div');
	let once = onceKey();
	const it = form({action: t('Send'), fields: await fieldsOf(query),
	    async submit(values) {
		    const answer = await send('POST', '/push/message/send',
			requestOf(values), once);
		    once = onceKey();
		    result.replaceChildren(resultOf(answer));
		    say(t('The message is sent.'));
	    }});
	const look = previewer(it, place, screen);

	helpWriting(it);
	it.addEventListener('input', () => {
		once = onceKey(); /* another message than the one before */
		look();
	});
	main.append(el('h1', t('Send')), result, el('div.wide-left',
	    section(t('Message'), it),
	    el('div', section(t('On a phone'), screen),
		section(t('What the providers get'), place))));
	look.now();
}
