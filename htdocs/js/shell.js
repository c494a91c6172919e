/* SPDX-License-Identifier: MIT */
/* What is around every page: the menu, who has signed in, and what is said. */
import {session, signOut} from './api.js';
import {button, el, link, newId} from './dom.js';
import {actor} from './form.js';
import {hourOf, keepLanguage, language, languages, t, zone} from
    './words.js';

const SAID_MS = 8000;

function chooser() {
	const select = el('select', {'aria-label': t('Language'), on: {
		change: () => {
			keepLanguage(select.value);
			location.reload();
		}}}, Object.entries(languages).map(([value, name]) =>
		el('option', {value, lang: value}, name)));

	select.value = language;
	return select;
}

async function leave() {
	await signOut();
	location.assign(location.pathname);
}

function who(say) {
	return el('div.who', el('span.name', t('Times are in {zone}', {zone})),
	    chooser(),
	    session.auth !== 'none' && el('span.name.mine', session.name),
	    session.auth !== 'none' && actor(t('Sign out'), leave, say));
}

/* On a narrow screen the menu opens by its button. */
function menuOf(pages, say) {
	const id = newId();
	const entries = pages.map((page) => el('li',
	    link(`#/${page.path}`, t(page.name))));
	const list = el('div.entries', {id}, el('ul', entries), who(say));
	const opens = el('button.opens', {type: 'button',
	    'aria-expanded': 'false', 'aria-controls': id, on: {
		click: () => open(!list.classList.contains('open'))}},
	    t('Menu'));
	function open(now) {
		list.classList.toggle('open', now);
		opens.setAttribute('aria-expanded', String(now));
	}

	const brand = el('div.brand', el('img', {src: 'icon.svg', alt: '',
	    width: 28, height: 28}), 'Outpost', opens);

	return {nav: el('nav', {'aria-label': t('Pages')},
	    el('div.bar', brand, list)), close: () => open(false)};
}

/* --- what is said ----------------------------------------------------- */

/* Told by screen readers, too; a fault stays until it is closed. */
function sayer() {
	const place = el('div.said', {role: 'status'});

	function say(text, isFault = false) {
		const item = el(isFault ? 'div.toast.bad' : 'div.toast', text,
		    button(t('Close'), () => item.remove()));

		place.replaceChildren(item);
		if (!isFault)
			setTimeout(() => item.remove(), SAID_MS);
	}
	return {place, say};
}

/* Asks before something that cannot be taken back; is it confirmed? */
function ask({title, text, action}) {
	const id = newId();
	const dialog = el('dialog', {'aria-labelledby': id},
	    el('h2', {id}, title), el('p', text),
	    el('div.buttons',
		button(action, () => dialog.close('yes'), 'danger'),
		button(t('Leave it'), () => dialog.close(''))));

	document.body.append(dialog);
	dialog.showModal();
	return new Promise((answer) => dialog.addEventListener('close', () => {
		answer(dialog.returnValue === 'yes');
		dialog.remove();
	}));
}

/* --- the server is away ----------------------------------------------- */

function watcher() {
	const place = el('div', {role: 'alert'});
	let since = null, last = new Date();

	return {place,
	    online() {
		    place.replaceChildren();
		    since = null;
		    last = new Date();
	    },
	    offline(fault) {
		    since ??= new Date();
		    place.replaceChildren(el('p.away', t('No answer since ' +
			'{since}: {why} What you see is of {last}.',
			{since: hourOf(since), why: fault.message,
			    last: hourOf(last)})));
	    }};
}

/* --- all of it -------------------------------------------------------- */

/* Has the reader typed or chosen something in it? */
function newMain() {
	const main = el('main', {id: 'main', tabindex: -1, on: {
		input: () => {
			main.isTyped = true;
		}}});

	return main;
}

export function makeShell(pages) {
	const {place, say} = sayer(), away = watcher();
	let menu = menuOf(pages, say), main = newMain(), marked;

	document.body.replaceChildren(
	    el('a.skip', {href: '#main', on: {click: (event) => {
		    event.preventDefault();
		    main.focus();
	    }}}, t('To the content')),
	    menu.nav, el('div.page', away.place, main), place);
	return {say, ask, online: away.online, offline: away.offline,
	    main() {
		    const next = newMain();
		    main.replaceWith(next);
		    main = next;
		    return main;
	    },
	    isTyped: () => main.isTyped === true,
	    /* Somebody else's menu. */
	    offer(others) {
		    const next = menuOf(others, say);
		    menu.nav.replaceWith(next.nav);
		    menu = next;
		    this.mark(marked);
	    },
	    mark(path) {
		    marked = path;
		    for (const a of menu.nav.querySelectorAll('a'))
			    if (a.getAttribute('href') === `#/${path}`)
				    a.setAttribute('aria-current', 'page');
			    else
				    a.removeAttribute('aria-current');
		    menu.close();
	    },
	    /* A screen reader goes on where the new page begins. */
	    entered(signal) {
		    const title = main.querySelector('h1');
		    if (!title || signal?.aborted)
			    return;
		    document.title = `${title.textContent} - Outpost`;
		    title.tabIndex = -1;
		    if (!main.contains(document.activeElement))
			    title.focus({preventScroll: true});
	    }};
}
