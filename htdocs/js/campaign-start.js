/* SPDX-License-Identifier: MIT */
/* Starts a campaign, now or later, at once or spread. */
import {onceKey, send} from './api.js';
import {section} from './dom.js';
import {form} from './form.js';
import {t, zone} from './words.js';

function fields() {
	return [
		{name: 'sendAt', label: t('When'), kind: 'time',
		    hint: t('Empty: now. In {zone}.', {zone})},
		{name: 'spread', label: t('Spread over'),
		    hint: t('For example 30m or 2h.')},
		{name: 'rate', label: t('Messages each second, at most'),
		    kind: 'number', min: 1},
		{name: 'from', label: t('Quiet from'), hint: t(
		    'A time of day such as 22:00, in {zone}.', {zone})},
		{name: 'to', label: t('Quiet until')},
	];
}

function timingOf({from, to, ...values}) {
	return {...values, ...from && to ? {quiet: {from, to, zone}} : {}};
}

/* element, and tell(status): a campaign that was sent is sent again only by
 * whoever says so. */
export function startSection({ask, say}, id) {
	let state = 'created', once = onceKey();
	const it = form({action: t('Start'), fields: fields(),
	    async submit(values) {
		    const again = ['done', 'cancelled'].includes(state);

		    if (!await ask({title: again ? t('Send it once more?')
			: t('Send it to all its users?'), text: values.sendAt
			? t('It begins at the time that you have set.')
			: t('It begins at once.'), action: t('Start')}))
			    return;
		    await send('POST', `/push/campaign/send/live/${id}`,
			{...timingOf(values), ...again ? {again} : {}}, once);
		    once = onceKey();
		    say(t('The campaign is started.'));
	    }});
	const element = section(t('Start'), it);

	it.addEventListener('input', () => {
		once = onceKey();
	});
	return {element, tell(status) {
		({state} = status);
		element.hidden = !['created', 'done', 'cancelled']
		    .includes(state);
	}};
}
