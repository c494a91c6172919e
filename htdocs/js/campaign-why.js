/* SPDX-License-Identifier: MIT */
/* Why a user did not get the message of a campaign, or did. */
import {get} from './api.js';
import {el, section, table} from './dom.js';
import {form} from './form.js';
import {platformName, stateBadge} from './names.js';
import {t, timeOf} from './words.js';

/* What is said of a device: each sentence by itself. */
function reasonsOf({why, reason, remedy}) {
	return [why && el('p', t(why)), reason && el('p', t(reason)),
		remedy && el('p.hint', `${t('What to do')}: `, t(remedy))];
}

function shown({why, note, devices}) {
	return [el('p', t(why)), table(t('Devices'), [
		{name: t('Device'), head: true, word: true, show: (d) =>
			`${platformName(d.platform)} ${d.device}`},
		{name: t('State'), show: (d) => stateBadge(d.state)},
		{name: t('Why'), long: true, show: reasonsOf},
		{name: t('Registered'), time: true,
		    show: (d) => timeOf(d.registered)},
	], devices, t('This user has no device here.')),
	note && el('p.hint', t(note))];
}

export function whySection(id) {
	const place = el('div', {role: 'status'});

	return section(t('Why did a user not get it?'), form({
	    action: t('Look'), kind: 'inline', fields: [
		{name: 'userId', label: t('User'), need: true, max: 255},
	    ], async submit(values) {
		    place.replaceChildren(...shown(await get(
			`/push/campaign/${id}/user/why`, values))
			.filter(Boolean));
	    }}), place);
}
