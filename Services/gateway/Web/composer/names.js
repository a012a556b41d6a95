import { el, isComposing } from '../ui/dom.js';
import { avatar, nameOf } from '../ui/people.js';
import { currentRoom, me } from '../state/selectors.js';

/** As many names are offered at most. */
const MOST = 8;
/** A name that is being written, up to the caret: as `state/mentions.js` finds it, and not yet more than a name. */
const begun = /(?<![\p{Alphabetic}\p{N}_.@-][\p{M}]*)@((?:[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*)?)$/u;

const words = [{ user_id: 'squad', callsign: 'squad', everybody: true }, {
  user_id: 'everyone',
  callsign: 'everyone',
  everybody: true,
}];

const fold = (text) => text.toLowerCase().normalize('NFC');

/**
 * Who may be meant by what was written: names that begin so before names that hold it, those on the net first.
 * @param {string} text up to the caret
 * @returns {{from: number, people: object[]}|null} null where no name is being written, or one is written already
 */
export function suggest(text, members, reader) {
  const match = begun.exec(text);
  if (!match) return null;
  const typed = fold(match[1]);
  const others = Object.values(members).filter((each) => each.user_id !== reader && nameOf(each) !== '?');
  const rank = (person) => {
    const at = fold(nameOf(person)).indexOf(typed);
    return at < 0 ? Infinity : Math.sign(at) * 4 + (person.everybody ? 2 : person.online ? 0 : 1);
  };
  const all = [...others, ...words].map((person) => ({ person, order: rank(person) }));
  if (all.some(({ person }) => fold(nameOf(person)) === typed)) return null;
  const found = all.filter(({ order }) => order < Infinity)
    .sort((a, b) => a.order - b.order || nameOf(a.person).localeCompare(nameOf(b.person)));
  const people = found.slice(0, MOST).map(({ person }) => person);
  return people.length ? { from: match.index, people } : null;
}

/** Offers names above the field while one is being written. Arrows move, Enter or Tab takes one, Escape closes. */
export function mountNames(element, store) {
  const field = element.querySelector('textarea');
  const list = el('ul', { class: 'names', id: 'names', role: 'listbox', 'aria-label': 'Names', hidden: true });
  element.append(list);
  field.setAttribute('aria-autocomplete', 'list');
  field.setAttribute('aria-controls', 'names');
  let offer = null;
  let at = 0;
  /** Where a list was closed by hand: it stays closed for this name. */
  let refused = -1;

  function look() {
    const { members = {} } = currentRoom(store.getState()) ?? {};
    const one = field.selectionStart === field.selectionEnd && document.activeElement === field;
    const next = one ? suggest(field.value.slice(0, field.selectionStart), members, me(store.getState())?.user_id) : null;
    if (!next) refused = -1;
    offer = next?.from === refused ? null : next;
    at = 0;
    draw();
  }

  function draw() {
    list.hidden = offer === null;
    list.replaceChildren(...(offer?.people ?? []).map(option));
    if (offer) field.setAttribute('aria-activedescendant', `name-${at}`);
    else field.removeAttribute('aria-activedescendant');
  }

  function option(person, index) {
    const press = (event) => {
      // The field keeps the focus.
      event.preventDefault();
      take(index);
    };
    return el(
      'li',
      { role: 'option', id: `name-${index}`, 'aria-selected': String(index === at), on: { pointerdown: press } },
      avatar(person, 'small', person.everybody ? null : Boolean(person.online)),
      el('b', {}, el('bdi', {}, nameOf(person))),
      person.everybody ? el('small', {}, 'everybody in the squad') : null,
    );
  }

  function take(index) {
    const { from, people } = offer;
    field.setRangeText(`@${nameOf(people[index])} `, from, field.selectionStart, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function close() {
    refused = offer.from;
    offer = null;
    draw();
  }

  // Before the field's own listeners: Enter takes a name and sends nothing.
  element.addEventListener('keydown', (event) => {
    if (!offer || isComposing(event) || event.target !== field) return;
    const { people } = offer;
    const act = {
      ArrowDown: () => (at = (at + 1) % people.length),
      ArrowUp: () => (at = (at - 1 + people.length) % people.length),
      Enter: event.shiftKey ? null : () => take(at),
      Tab: event.shiftKey ? null : () => take(at),
      Escape: close,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
    if (event.key.startsWith('Arrow')) draw();
  }, { capture: true });
  field.addEventListener('input', look);
  field.addEventListener('blur', look);
  document.addEventListener('selectionchange', () => document.activeElement === field && (offer || refused >= 0) && caret());

  /** The caret went somewhere else: there another name may stand, or none. */
  function caret() {
    const from = offer?.from ?? refused;
    const written = begun.exec(field.value.slice(0, field.selectionStart));
    if (written?.index !== from) look();
  }
}
