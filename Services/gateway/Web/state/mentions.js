/**
 * Who is meant by `@name`: the very rules by which the notifier rings (Services/notifier, MentionParser.swift), so that
 * what is tinted and counted here is what rings. `Tests/Fixtures/mentions.json` holds both to it.
 */
const squadWords = new Set(['squad', 'everyone', 'all']);

/** An `@` that does not stand inside a word: a mail address mentions nobody. */
const sign = /(?<![\p{Alphabetic}\p{N}_.@-][\p{M}\u200c\u200d]*)@/gu;
/** Where a name ends: no word goes on, and no `-` or `.` that leads into one. */
const edge = /(?![\p{Alphabetic}\p{N}_\p{M}\u200c\u200d]|[-.][\p{Alphabetic}\p{N}_])/uy;
/** What looks like a name, whoever it may be. */
const word = /[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_]|[-.](?=[\p{L}\p{N}_]))*/uy;

const fold = (name) => String(name ?? '').toLowerCase().normalize('NFC');
const remembered = new WeakMap();

/**
 * Whom the names in a room mean.
 * @param {object|null} room its members bear the names
 * @returns {{owners: Map<string, Set<string>>, longest: number, me: string, squad: boolean}} `squad`: whether the words
 *   for everybody mean the reader too; a commander who looks in from another squad is not rung
 */
export function audience(room, user) {
  const known = remembered.get(room?.members ?? user);
  if (known?.user === user) return known.result;
  const owners = new Map();
  for (const person of [...Object.values(room?.members ?? {}), user]) {
    for (const name of [fold(person.callsign), fold(person.username)]) {
      if (name) owners.set(name, (owners.get(name) ?? new Set()).add(person.user_id));
    }
  }
  const longest = Math.max('everyone'.length, ...[...owners.keys()].map((name) => name.length));
  const squad = !room?.squad_id || room.squad_id === user.squad_id;
  const result = { owners, longest, me: user.user_id, squad };
  remembered.set(room?.members ?? user, { user, result });
  return result;
}

/**
 * The mentions of a text, with their places.
 * @returns {{start: number, end: number, you: boolean, squad: boolean}[]} `you`: the reader is meant, `squad`: by a
 *   word for everybody
 */
export function findMentions(text, audience) {
  const source = withoutCode(String(text ?? ''));
  return [...source.matchAll(sign)].map(({ index }) => mention(source, index, audience)).filter(Boolean);
}

function mention(source, start, { owners, longest, me, squad }) {
  const from = start + 1;
  // The longest name wins: `@ghost-2` is not `@ghost`. Written in parts (e and its accent) it may be twice as long.
  for (let end = Math.min(source.length, from + longest * 2); end > from; end -= 1) {
    edge.lastIndex = end;
    if (!edge.test(source)) continue;
    const name = fold(source.slice(from, end));
    // A person of that name goes before the word for all.
    if (owners.has(name)) return { start, end, you: owners.get(name).has(me), squad: false };
    if (squadWords.has(name)) return { start, end, you: squad, squad: true };
  }
  word.lastIndex = from;
  const [other] = word.exec(source) ?? [];
  return other ? { start, end: from + other.length, you: false, squad: false } : null;
}

/** Blanks what stands between equally long runs of backquotes (CommonMark §6.1): it is quoted, not said. */
function withoutCode(text) {
  let result = text;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '`') continue;
    const run = runAt(text, at);
    let close = text.indexOf('`', at + run);
    while (close >= 0 && runAt(text, close) !== run) close = text.indexOf('`', close + runAt(text, close));
    const end = close < 0 ? at + run : close + run;
    result = result.slice(0, at) + '\0'.repeat(end - at) + result.slice(end);
    at = end - 1;
  }
  return result;
}

function runAt(text, start) {
  let end = start;
  while (text[end] === '`') end += 1;
  return end - start;
}

/** Whether a message rings for the reader. */
export const mentions = ({ content, message_type = 'text' }, audience) =>
  !['system', 'trade_signal', 'emoji_reaction'].includes(message_type) &&
  findMentions(content, audience).some(({ you }) => you);
