/* SPDX-License-Identifier: MIT */
/* Signing in with an integration: as the first page, and above a page whose
 * session has ended. */
import {ApiError, signIn} from './api.js';
import {button, el, newId} from './dom.js';
import {form} from './form.js';
import {t} from './words.js';

const wrong = {
	401: () => t('There is no such token and secret.'),
	429: () => t('Too many wrong ones came from here. Wait a moment.'),
};

function signInForm(done) {
	return form({action: t('Sign in'), fields: [
		{name: 'token', label: t('Token'), need: true,
		    autocomplete: 'username'},
		{name: 'secret', label: t('Secret'), need: true,
		    kind: 'password', autocomplete: 'current-password'},
	], async submit({token, secret}) {
		try {
			await signIn(token.trim(), secret.trim());
		} catch (fault) {
			throw wrong[fault.status] === undefined ? fault
			    : new Error(wrong[fault.status]());
		}
		done();
	}});
}

/* Until somebody has signed in. */
export function signInPage() {
	return new Promise((done) => {
		document.title = `${t('Sign in')} - Outpost`;
		document.body.replaceChildren(el('main.signin',
		    el('img', {src: 'icon.svg', alt: '', width: 56,
			height: 56}),
		    el('h1', 'Outpost'),
		    el('p', t('Sign in with the token and the secret of an ' +
			'integration.')),
		    signInForm(done)));
		document.querySelector('input').focus();
	});
}

/* --- above a page ----------------------------------------------------- */

let asking = null;

function dialogOf(done, failed) {
	const id = newId();
	const dialog = el('dialog', {'aria-labelledby': id},
	    el('h2', {id}, t('Your session has ended')),
	    el('p', t('Sign in again; what you have typed is still here.')),
	    signInForm(() => {
		    done();
		    dialog.close();
	    }), el('div.buttons', button(t('Later'), () => dialog.close())));

	dialog.addEventListener('close', () => {
		dialog.remove();
		failed(new ApiError(401, {message: t('You are signed out.')}));
	});
	return dialog;
}

/* One dialog, however many calls wait for it. */
export function askAgain() {
	asking ??= new Promise((done, failed) => {
		const dialog = dialogOf(done, failed);

		document.body.append(dialog);
		dialog.showModal();
	}).finally(() => {
		asking = null;
	});
	return asking;
}
