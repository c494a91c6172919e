/* SPDX-License-Identifier: MIT */
/* Writes a campaign. Its users and its start come on its own page. */
import {onceKey, send} from '../api.js';
import {appField} from '../apps.js';
import {el, section} from '../dom.js';
import {helpWriting, messageFields, messageOf, moreFields, sizeOf} from
    '../editor.js';
import {form} from '../form.js';
import {phone} from '../phone.js';
import {t} from '../words.js';

async function fields() {
	return [await appField(), ...messageFields(), ...moreFields(),
		{name: 'all', label: t('For everybody who has the app'),
		    kind: 'check', hint: t('Else you choose the users on the ' +
		    'next page.')}];
}

export async function show({main, say}) {
	const screen = phone(), size = el('p.hint', {role: 'status'});
	let once = onceKey();
	const it = form({action: t('Save and go on'), fields: await fields(),
	    async submit(values) {
		    const {id, warnings = []} = await send('POST',
			'/push/campaign/create', {appId: values.appId,
			    all: values.all, message: messageOf(values)}, once);
		    say([t('Saved.'), ...warnings.map((w) => t(w.message))]
			.join(' '), warnings.length > 0);
		    location.hash = `#/campaign/${id}`;
	    }});
	const look = () => {
		const values = it.values(), message = messageOf(values);

		screen.show(values.appId, message);
		size.textContent = sizeOf(message);
	};

	helpWriting(it);
	it.addEventListener('input', () => {
		once = onceKey(); /* another campaign than the one before */
		look();
	});
	main.append(el('h1', t('Write a campaign')), el('div.wide-left',
	    section(t('Message'), it),
	    section(t('On a phone'), screen, size)));
	look();
}
