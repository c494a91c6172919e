/* SPDX-License-Identifier: MIT */
/* The form of each provider's credentials. A key is checked by the server
 * before it is kept: one that cannot sign is refused, and the old one stays. */
import {ApiError, send} from './api.js';
import {base64, textOf} from './file.js';
import {form} from './form.js';
import {t} from './words.js';

function setUnlessFilled(control, value) {
	if (value && control.value === '')
		control.value = value;
}

const environments = () => [['', t('as the server is set')],
    ['production', t('production')], ['development', t('development')]];

function apns(appId, detail, saved) {
	const it = form({action: t('Check and save'), fields: [
		{name: 'key', label: t('Key (AuthKey_….p8)'), kind: 'file',
		    accept: '.p8,.pem', need: true, member: 'privateKeyBase64',
		    taken: ({name}) => setUnlessFilled(it.controls.keyId,
			/AuthKey_(\w+)\.p8/.exec(name)?.[1])},
		{name: 'keyId', label: t('Key id'), need: true,
		    value: detail.apnsKeyId},
		{name: 'teamId', label: t('Team id'), need: true,
		    value: detail.apnsTeamId},
		{name: 'bundle', label: t('Bundle of the app'), need: true,
		    value: detail.apnsBundle,
		    hint: t('For example com.example.shop')},
		{name: 'environment', label: t('Environment'), kind: 'select',
		    options: environments(), value: detail.apnsEnvironment},
	], async submit({key, ...values}) {
		await saved(await send('PUT', '/admin/app/apns', {appId,
		    ...values, privateKeyBase64: base64(key.bytes)}));
	}});

	return it;
}

function projectOf({bytes}) {
	try {
		return JSON.parse(textOf(bytes)).project_id;
	} catch {
		return undefined; /* the server says what is wrong with it */
	}
}

function fcm(appId, detail, saved) {
	const it = form({action: t('Check and save'), fields: [
		{name: 'key', label: t('Service account (JSON)'), kind: 'file',
		    accept: '.json', need: true, member: 'privateKeyBase64',
		    taken: (file) => setUnlessFilled(it.controls.projectId,
			projectOf(file))},
		{name: 'projectId', label: t('Project id'), need: true,
		    value: detail.fcmProjectId},
	], async submit({key, projectId}) {
		await saved(await send('PUT', '/admin/app/fcm', {appId,
		    projectId, privateKeyBase64: base64(key.bytes)}));
	}});

	return it;
}

function hms(appId, detail, saved) {
	return form({action: t('Check and save'), fields: [
		{name: 'projectId', label: t('Project id'), need: true,
		    value: detail.hmsProjectId},
		{name: 'clientId', label: t('Client id'), need: true},
		{name: 'clientSecret', label: t('Client secret'), need: true,
		    kind: 'password', autocomplete: 'new-password'},
	], async submit(values) {
		await saved(await send('PUT', '/admin/app/hms',
		    {appId, ...values}));
	}});
}

/* Another key loses the browsers that have subscribed with the old one. */
async function putWebpush(object) {
	try {
		return await send('PUT', '/admin/app/webpush', object);
	} catch (fault) {
		if (fault instanceof ApiError && fault.status === 409)
			throw new ApiError(409, {message: `${fault.message} ` +
			    t('Check “even so” to change the key.')});
		throw fault;
	}
}

function webpush(appId, detail, saved) {
	return form({action: t('Check and save'), fields: [
		{name: 'subject', label: t('Who may be written to'),
		    need: true, value: detail.webpushSubject,
		    hint: t('mailto: and an address, or an https address.')},
		{name: 'defaultUrl', label: t('Where a tap leads'),
		    value: detail.webpushDefaultUrl,
		    hint: t('When the message does not say.')},
		{name: 'generate', label: t('Make a new key pair'),
		    kind: 'check', value: !detail.application.webpush},
		{name: 'key', label: t('Or a private key'), kind: 'password',
		    autocomplete: 'off', member: 'privateKeyBase64'},
		{name: 'force', label: t('Even so, if browsers are lost'),
		    kind: 'check'},
	], async submit({key, generate, force, ...values}) {
		await saved(await putWebpush({appId, ...values,
		    ...key ? {privateKeyBase64: key} : {},
		    ...generate ? {generate} : {}, ...force ? {force} : {}}));
	}});
}

export const credentialForms = {apns, fcm, hms, webpush};
