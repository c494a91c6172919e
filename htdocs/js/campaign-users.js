/* SPDX-License-Identifier: MIT */
/* Whom a campaign reaches, and its users from a CSV file. */
import {get, send} from './api.js';
import {usersOf} from './csv.js';
import {el, facts, section, table} from './dom.js';
import {textOf} from './file.js';
import {form} from './form.js';
import {platformName} from './names.js';
import {pager} from './pager.js';
import {number, t, tn} from './words.js';

const AT_A_TIME = 5000; /* in one call, whose body is at most 8 MB */
const FAULTS_SHOWN = 100;

/* --- whom it reaches -------------------------------------------------- */

const leftOut = {noCredentials: 'without credentials',
    quarantine: 'in quarantine', twin: 'twice the same token',
    environment: 'of the other environment', inactive: 'inactive'};

function shown({users, noDevice, devices, platforms}) {
	return el('div', facts([
		[t('Users'), number(users)],
		[t('without a device'), number(noDevice)],
		[t('Devices reached'), number(devices.reached)],
		...Object.entries(leftOut).map(([name, words]) => [t(words),
		    devices[name] && number(devices[name])])]),
	table(t('Devices reached'), [
		{name: t('Platform'), head: true, word: true,
		    show: ([name]) => platformName(name)},
		{name: t('Devices'), number: true,
		    show: ([, n]) => number(n.reached)},
	], Object.entries(platforms).filter(([, n]) => n.reached > 0),
	t('It reaches no device.')));
}

/* --- from a file ------------------------------------------------------ */

function faultTable(faults) {
	return table(t('Lines that were left out'), [
		{name: t('Line'), head: true, show: (f) => number(f.line)},
		{name: t('Why'), show: (f) => f.why},
	], faults.slice(0, FAULTS_SHOWN), '');
}

function summary({users, faults, again}, place) {
	place.replaceChildren(
	    el('p', tn(users.length, '{n} user is in the file.',
		'{n} users are in the file.'), again > 0 ? ` ${tn(again,
	    '{n} line names one again.', '{n} lines name one again.')}`
		: null),
	    faults.length > 0 ? el('div', el('p.fault', tn(faults.length,
		'{n} line is left out.', '{n} lines are left out.')),
	    faultTable(faults)) : '');
}

/* The server's fault names an element of the call; here that is a line. */
function byLine(fault, lines, from) {
	const at = /requestObject\[(\d+)\]/.exec(fault.message);

	return at === null ? fault : new Error(t('Line {line}: {why}', {
	    line: number(lines[from + Number(at[1])]),
	    why: fault.message}));
}

async function upload(id, {users, lines}, bar) {
	bar.hidden = false;
	bar.max = users.length;
	for (let from = 0; from < users.length; from += AT_A_TIME) {
		bar.value = from;
		try {
			await send('PUT', `/push/campaign/${id}/user/add`,
			    users.slice(from, from + AT_A_TIME));
		} catch (fault) {
			throw byLine(fault, lines, from);
		}
	}
	bar.hidden = true;
}

function fileForm({say}, id, again) {
	const place = el('div', {role: 'status'});
	const bar = el('progress', {hidden: true,
	    'aria-label': t('Users added')});
	let found = null;
	const it = form({action: t('Add the users'), fields: [
		{name: 'file', label: t('Users from a CSV file'), kind: 'file',
		    accept: '.csv,.txt', need: true,
		    hint: t('The first column has the user; one each line.'),
		    taken({bytes}) {
			    found = usersOf(textOf(bytes));
			    summary(found, place);
		    }},
	], async submit() {
		await upload(id, found, bar);
		say(tn(found.users.length, '{n} user was added.',
		    '{n} users were added.'));
		await again();
	}});

	return el('div', it, bar, place);
}

function typedForm(id, again) {
	return el('details', el('summary', t('Or type some')), form({
	    action: t('Add the users'), fields: [
		{name: 'users', label: t('Users'), kind: 'area', need: true,
		    hint: t('One each line.')},
	    ], async submit({users}) {
		    await send('PUT', `/push/campaign/${id}/user/add`,
			usersOf(users).users);
		    await again();
	    }}));
}

/* Read when it is opened: there may be a million of them. */
function listOf(id) {
	const pages = pager(async (page, size) => (await get(
	    `/push/campaign/${id}/user/list`, {page, size})).users,
	(users) => table(t('Users'), [
		{name: t('User'), head: true, show: (userId) => userId},
	], users, t('There is none.')));

	return el('details', {on: {toggle: () => pages.first()}},
	    el('summary', t('Its users')), pages);
}

export function audienceSection(context, {id, all}) {
	const place = el('div');
	const again = async () => place.replaceChildren(shown(
	    await get(`/push/campaign/${id}/audience`)));
	const fill = () => again().catch((fault) =>
		place.replaceChildren(el('p.fault', fault.message)));

	fill();
	return section(t('Whom it reaches'), place,
	    !all && [fileForm(context, id, again), typedForm(id, again),
		listOf(id)]);
}
