/* SPDX-License-Identifier: MIT */
/* A field for an application: a choice where its names may be listed, else a
 * text. */
import {get, hasRole, session} from './api.js';
import {t} from './words.js';

const LISTED = 500;

async function names() {
	if (session.apps)
		return session.apps;
	if (!hasRole('admin'))
		return null;
	const {applicationList} = await get('/admin/app/list',
	    {page: 0, size: LISTED});
	return applicationList.map((app) => app.appId);
}

/* any: the label of the choice of all of them; undefined: one is needed. */
export async function appField({value, any, name = 'appId'} = {}) {
	const list = await names();
	const field = {name, label: t('Application'), value,
	    need: any === undefined};

	if (list === null)
		return field;
	const options = list.map((app) => [app, app]);

	return {...field, kind: 'select', options: any === undefined ? options
	    : [['', any], ...options]};
}
