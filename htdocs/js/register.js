/* SPDX-License-Identifier: MIT */
/* A device by hand: of a tester whose app shows its token, say. */
import {onceKey, send} from './api.js';
import {appField} from './apps.js';
import {el} from './dom.js';
import {form} from './form.js';
import {platforms} from './names.js';
import {t} from './words.js';

async function fields(asked) {
	return [
		await appField({value: asked.appId}),
		{name: 'userId', label: t('User'), need: true, max: 255,
		    value: asked.userId},
		{name: 'platform', label: t('Platform'), kind: 'select',
		    options: Object.entries(platforms).map(([name, words]) =>
			[name, t(words)])},
		{name: 'token', label: t('Push token'), kind: 'area',
		    need: true, hint: t('As the app shows it; of a browser ' +
		    'its subscription.')},
		{name: 'environment', label: t('Environment'), kind: 'select',
		    hint: t('Of Apple alone.'), options: [
			['', t('as the server is set')],
			['production', t('production')],
			['development', t('development')]]},
		{name: 'activationId', label: t('Activation'), max: 37,
		    hint: t('Needed where a PowerAuth Server knows the ' +
		    'devices.')},
	];
}

/* registered(values) when it is done; asked: what is there at first. Pressed
 * again it is the same device, for the activation that it makes is kept. */
export async function registration(asked, registered) {
	const made = onceKey();
	const it = form({action: t('Register'), kind: 'two',
	    fields: await fields(asked),
	    async submit({platform, environment, activationId, ...values}) {
		    await send('POST', '/push/device/create', {...values,
			platform, activationId: activationId ?? made,
			...platform === 'apns' && environment
			    ? {environment} : {}});
		    registered(values);
	    }});

	return el('details.card', el('summary', t('Register a device')), it);
}
