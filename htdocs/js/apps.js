/* SPDX-License-Identifier: MIT */
/* A field for an application: a choice where its names may be listed and are
 * not too many to choose from, else a text. */
import {get, hasRole, session} from './api.js';
import {number, t} from './words.js';

const LISTED = 500;

async function names() {
	if (session.apps)
		return session.apps;
	if (!hasRole('admin'))
		return null;
	const {applicationList} = await get('/admin/app/list',
	    {page: 0, size: LISTED + 1});
	return applicationList.map((app) => app.appId);
}

/* any: the label of the choice of all of them; undefined: one is needed. */
export async function appField({value, any, name = 'appId'} = {}) {
	const list = await names();
	const field = {name, label: t('Application'), value,
	    need: any === undefined, max: 255};

	if (list === null)
		return field;
	if (list.length > LISTED)
		return {...field, hint: t('There are more than {n}: write ' +
		    'its name.', {n: number(LISTED)})};
	const options = list.map((app) => [app, app]);

	return {...field, kind: 'select', options: any === undefined ? options
	    : [['', any], ...options]};
}
