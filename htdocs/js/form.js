/* SPDX-License-Identifier: MIT */
/*
 * Forms, each of a table of fields:
 *
 *   name, label     kind: text (the default), area, number, time, password,
 *   hint            select (of options), check, checks (of options), file
 *   need            it must be filled
 *   value           at the beginning
 *   member          its name in the violations of an answer, if another
 */
import {button, el, newId} from './dom.js';
import {fileControl} from './file.js';
import {t} from './words.js';

/* --- controls --------------------------------------------------------- */

const inputs = {text: 'text', number: 'number', time: 'datetime-local',
    password: 'password'};

function options(field) {
	return field.options.map(([value, label]) =>
		el('option', {value}, label));
}

function checks(field) {
	const boxes = field.options.map(([value, label]) => el('label.check',
	    el('input', {type: 'checkbox', value, name: field.name,
		checked: field.value?.includes(value) ?? false}), label));

	return el('div.checks', boxes);
}

function controlOf(field, attributes) {
	switch (field.kind) {
	case 'area':
		return el('textarea', {rows: field.rows ?? 3, ...attributes,
		    value: field.value ?? ''});
	case 'select': {
		const select = el('select', attributes, options(field));
		select.value = field.value || (field.options[0]?.[0] ?? '');
		return select;
	}
	case 'check':
		return el('input', {type: 'checkbox', ...attributes,
		    checked: field.value ?? false});
	case 'checks':
		return checks(field);
	case 'file':
		return fileControl(field, attributes);
	default:
		return el('input', {type: inputs[field.kind ?? 'text'],
		    list: field.list, autocomplete: field.autocomplete ?? 'off',
		    ...attributes, value: field.value ?? ''});
	}
}

function valueOf(field, control) {
	switch (field.kind) {
	case 'check':
		return control.checked;
	case 'checks':
		return [...control.querySelectorAll(':checked')]
		    .map((box) => box.value);
	case 'file':
		return control.taken;
	case 'number':
		return control.value === '' ? undefined
		    : Number(control.value);
	case 'time':
		return control.value === '' ? undefined
		    : new Date(control.value).toISOString();
	default:
		return control.value === '' ? undefined : control.value;
	}
}

/* --- a field ---------------------------------------------------------- */

function groupOf(field, control, id, notes) {
	return el('fieldset.field', {id, 'aria-describedby': notes},
	    el('legend', field.label), control);
}

function labelled(field, control, id) {
	const label = el('label', {for: id}, field.label,
	    field.need && el('span.need', ` (${t('needed')})`));

	return field.kind === 'check' ? el('div.field.check', control, label)
	    : el('div.field', label, control);
}

/* row: the element; error: where its fault is told. */
function fieldOf(field) {
	const id = newId(), hint = `${id}-hint`, fault = `${id}-fault`;
	const notes = field.hint ? `${hint} ${fault}` : fault;
	const attributes = {id, name: field.name, required: field.need,
	    'aria-describedby': notes, maxlength: field.max,
	    min: field.min, spellcheck: field.spell ? 'true' : 'false'};
	const control = controlOf(field, attributes);
	const row = field.kind === 'checks'
	    ? groupOf(field, control, id, notes)
	    : labelled(field, control, id);

	row.append(el('p.hint', {id: hint, hidden: !field.hint},
	    field.hint ?? ''));
	row.append(el('p.fault', {id: fault, hidden: true}));
	return {field, control, row, fault: row.lastChild};
}

/* What has the focus: a place for a file and a group have inputs in them. */
function inputOf({control}) {
	return control.querySelector('input') ?? control;
}

function tell(part, text) {
	part.fault.textContent = text ?? '';
	part.fault.hidden = !text;
	if (text)
		inputOf(part).setAttribute('aria-invalid', 'true');
	else
		inputOf(part).removeAttribute('aria-invalid');
}

/* --- a form ----------------------------------------------------------- */

function memberOf(part) {
	return part.field.member ?? part.field.name;
}

/* The faults that an answer ascribes to fields are told there. */
function placeViolations(parts, violations) {
	for (const {fieldName, hint} of violations) {
		const name = fieldName.replace(/^requestObject\./, '');
		const part = parts.find((p) => memberOf(p) === name);

		if (part)
			tell(part, hint);
	}
}

function complete(parts) {
	let first = null;

	for (const part of parts) {
		const value = valueOf(part.field, part.control);
		const lacks = part.field.need &&
		    (value === undefined || value.length === 0);
		const fault = lacks ? t('Please fill this in.')
		    : part.field.check?.(value);

		tell(part, fault);
		if (fault)
			first ??= part;
	}
	if (first)
		inputOf(first).focus();
	return first === null;
}

/* While the action is under way it is not begun again. */
export async function during(control, action) {
	if (control.getAttribute('aria-disabled') === 'true')
		return undefined;
	control.setAttribute('aria-disabled', 'true');
	control.classList.add('busy');
	try {
		return await action();
	} finally {
		control.removeAttribute('aria-disabled');
		control.classList.remove('busy');
	}
}

/* fields as above; submit(values) does it, what it throws is told above the
 * fields; action is the word on its button; more: further buttons. The form
 * has values() and controls by name. */
export function form({fields, submit, action, more = [], kind = ''}) {
	const parts = fields.map(fieldOf);
	const fault = el('p.fault', {role: 'alert'});
	const go = el('button.main', {type: 'submit'}, action);
	const element = el('form', {novalidate: true, class: kind || null},
	    fault, parts.map((part) => part.row),
	    el('div.buttons', go, more));

	element.values = () => Object.fromEntries(parts.map((part) =>
		[part.field.name, valueOf(part.field, part.control)]));
	element.controls = Object.fromEntries(parts.map((part) =>
		[part.field.name, part.control]));
	element.addEventListener('submit', async (event) => {
		event.preventDefault();
		fault.textContent = '';
		if (!complete(parts))
			return;
		try {
			await during(go, () => submit(element.values()));
		} catch (e) {
			fault.textContent = t(e.message);
			placeViolations(parts, e.violations ?? []);
		}
	});
	return element;
}

/* A button whose action's fault is told by say(). */
export function actor(label, action, say, kind = '') {
	const control = button(label, () => during(control, action)
	    .catch((fault) => say(t(fault.message), true)), kind);

	return control;
}
