/* SPDX-License-Identifier: MIT */
/* Names and states of the API in the words of the reader. */
import {badge} from './dom.js';
import {t} from './words.js';

export const platforms = {apns: 'Apple', fcm: 'Android (Google)',
    hms: 'Huawei', webpush: 'Browsers'};

/* What is of no platform: a hold of all of them, a message for later. */
const ALL = ['all', null, undefined, ''];

/* undefined for what is of no platform. */
export function platformName(name) {
	return name in platforms ? t(platforms[name])
	    : ALL.includes(name) ? undefined : name;
}

const kinds = {sent: 'good', done: 'good', ok: 'good', failed: 'bad',
    refused: 'bad', cancelled: '', expired: 'warn', held: 'warn',
    suspended: 'warn', retrying: 'warn', paused: 'warn', quarantine: 'bad',
    'too late': 'warn', 'no credentials': 'warn',
    error: 'bad', removed: 'bad', inactive: 'warn', 'no device': 'warn'};

export function stateBadge(state) {
	return badge(t(state), kinds[state] ?? '');
}
