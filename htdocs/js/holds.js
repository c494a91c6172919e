/* SPDX-License-Identifier: MIT */
/* An operator's stop for an application or one of its platforms. */
import {send} from './api.js';
import {actor} from './form.js';
import {platformName} from './names.js';
import {t, tn} from './words.js';

/* As the API has it: what is of no platform is of all of them. */
function scopeOf({appId, provider, host}) {
	return {appId, ...platformName(provider) ? {provider} : {},
	    ...host ? {host} : {}};
}

function nameOf({appId, provider}) {
	const name = platformName(provider);

	return name ? t('{app} to {platform}', {app: appId, platform: name})
	    : appId;
}

/* A button that stops it, when that is confirmed. */
export function stopButton({ask, say}, scope, again) {
	return actor(t('Stop sending'), async () => {
		if (!await ask({title: t('Stop sending {what}?',
		    {what: nameOf(scope)}), text: t('What waits is kept, and ' +
		    'what comes in waits too, until you let it go on. Only ' +
		    'what expires meanwhile is lost.'),
		action: t('Stop sending')}))
			return;
		await send('POST', '/admin/app/hold', scopeOf(scope));
		say(t('Nothing of it is sent for now.'));
		await again();
	}, say, 'danger small');
}

/* A button that ends a hold. */
export function goOnButton({say}, hold, again) {
	return actor(t('Send again'), async () => {
		const {messages} = await send('POST', '/admin/app/release',
		    scopeOf(hold));
		say([t('It is sent again.'), messages > 0 ? tn(messages,
		    '{n} message goes out now.', '{n} messages go out now.')
		    : ''].join(' ').trim());
		await again();
	}, say, 'small');
}
