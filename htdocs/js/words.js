/* SPDX-License-Identifier: MIT */
/*
 * Words, numbers and times in the language of the reader. The text in the code
 * is English; lang/LANGUAGE.json has the same texts in another language, and a
 * text that is not in it, a reason of the server say, is shown as it is.
 */
export const languages = {en: 'English', de: 'Deutsch'};
const KEPT = 'outpost-language';

let table = {};
export let language = 'en';

function wanted() {
	const kept = localStorage.getItem(KEPT);
	const asked = kept ? [kept] : navigator.languages;
	return asked.map((tag) => tag.slice(0, 2)).find((l) => l in languages);
}

export async function loadWords() {
	language = wanted() ?? 'en';
	document.documentElement.lang = language;
	if (language === 'en')
		return;
	const answer = await fetch(`lang/${language}.json`);
	table = answer.ok ? await answer.json() : {};
}

export function keepLanguage(chosen) {
	localStorage.setItem(KEPT, chosen);
}

/* A provider's reason may be "constructor", which every object has. */
function own(object, name) {
	return Object.hasOwn(object, name) ? object[name] : undefined;
}

/* {name} in the text is replaced by that value. */
export function t(text, values = {}) {
	return (own(table, text) ?? text).replace(/\{(\w+)\}/g,
	    (all, name) => own(values, name) ?? all);
}

/* The text for one, or for another number. */
export function tn(n, one, many) {
	return t(n === 1 ? one : many, {n: number(n)});
}

export function number(n) {
	return new Intl.NumberFormat(language).format(n ?? 0);
}

export function percent(part, whole) {
	return new Intl.NumberFormat(language, {style: 'percent',
	    maximumFractionDigits: 1}).format(whole ? part / whole : 0);
}

/* In which all times are told and taken. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function format(time, how) {
	return new Intl.DateTimeFormat(language, how).format(time);
}

/* The year is left out if it is this one. */
export function timeOf(text) {
	const time = text && new Date(text);
	const year = time && time.getFullYear() !== new Date().getFullYear();

	return time ? format(time, {day: 'numeric', month: 'short',
	    ...year ? {year: 'numeric'} : {}, hour: '2-digit',
	    minute: '2-digit', second: '2-digit', hourCycle: 'h23'}) : '';
}

export function hourOf(date) {
	return format(date, {hour: '2-digit', minute: '2-digit',
	    hourCycle: 'h23'});
}

/* For a chart of more than a day: the hour, and whose. */
export function dayHourOf(date) {
	return format(date, {weekday: 'short', day: 'numeric', hour: '2-digit',
	    minute: '2-digit', hourCycle: 'h23'});
}

const units = [['day', 86400], ['hour', 3600], ['minute', 60],
    ['second', 1]];

/* A duration in its largest unit: "5 minutes". */
export function duration(seconds) {
	const [unit, length] = units.find(([, l]) => seconds >= l) ?? units[3];
	return new Intl.NumberFormat(language, {style: 'unit', unit,
	    unitDisplay: 'long'}).format(Math.floor(seconds / length));
}

/* The same, as long ago: "5 minutes ago". */
export function ago(seconds) {
	const [unit, length] = units.find(([, l]) => seconds >= l) ?? units[3];
	return new Intl.RelativeTimeFormat(language)
	    .format(-Math.floor(seconds / length), unit);
}

/* Bytes as UTF-8 has them. */
export function bytesOf(text) {
	return new TextEncoder().encode(text).length;
}
