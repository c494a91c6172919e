/* SPDX-License-Identifier: MIT */
/* User ids out of a CSV file, and rows into one. */
import {t} from './words.js';

const USER_MAX = 255;
const HEADS = /^(user|userid|user_id|id|nutzer|kunde)$/i;

/* The first cell of a line; a quoted one may have separators in it. */
function firstCell(line) {
	const quoted = /^"((?:[^"]|"")*)"/.exec(line);

	return quoted ? quoted[1].replaceAll('""', '"')
	    : line.split(/[,;\t]/, 1)[0].trim();
}

function faultOf(user) {
	/* eslint-disable-next-line no-control-regex */
	if (/[\u0000-\u001f]|\ufffd/.test(user))
		return t('it has characters that are no text');
	return user.length > USER_MAX ? t('it is longer than {max} characters',
	    {max: USER_MAX}) : null;
}

/* users: each once, with lines[i] the line of users[i]; faults: line and why;
 * again: how many lines name a user once more. */
export function usersOf(text) {
	const users = [], lines = [], faults = [], seen = new Set();
	let again = 0;

	text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/).forEach((line, i) => {
		const user = firstCell(line), why = faultOf(user);

		if (user === '' || (i === 0 && HEADS.test(user)))
			return;
		if (why)
			faults.push({line: i + 1, why});
		else if (seen.has(user))
			again++;
		else {
			seen.add(user);
			users.push(user);
			lines.push(i + 1);
		}
	});
	return {users, lines, faults, again};
}

/* A cell that a spreadsheet would take for a formula begins with '. */
function cell(value) {
	const text = String(value ?? '');
	const safe = /^[=+\-@\t\r]/.test(text) && isNaN(text) ? `'${text}`
	    : text;

	return /[",;\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"`
	    : safe;
}

export function csvOf(heads, rows) {
	return [heads, ...rows].map((row) => row.map(cell).join(','))
	    .join('\r\n') + '\r\n';
}
