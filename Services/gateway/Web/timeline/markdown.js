import { el } from '../ui/dom.js';
import { findMentions } from '../state/mentions.js';

/** One inline mark at a time; the longest first. Nothing nests, so nothing can run away. */
const marks = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|(?<![*\w])[*]([^*\s][^*\n]*?)[*](?![*\w])|(https?:\/\/[^\s<>"'`]+)/g;

/**
 * The small Markdown of chat as nodes: `code`, **bold**, *italic*, links to http and https, mentions.
 * Everything else is plain text; there is no way from text to an element that is not made here.
 *
 * @param {object} audience whom names mean (`state/mentions.js`)
 * @returns {Node[]}
 */
export function render(text, audience) {
  const source = String(text ?? '');
  const found = findMentions(source, audience);
  const plain = (from, to, nodes = []) => addPlain(source, from, to, found, nodes);
  const nodes = [];
  let at = 0;
  for (const match of source.matchAll(marks)) {
    const [whole, code, bold, italic, link] = match;
    plain(at, match.index, nodes);
    at = match.index + whole.length;
    if (code !== undefined) nodes.push(el('code', {}, code));
    else if (bold !== undefined) nodes.push(el('strong', {}, ...plain(match.index + 2, at - 2)));
    else if (italic !== undefined) nodes.push(el('em', {}, ...plain(match.index + 1, at - 1)));
    else at -= addLink(link, nodes);
  }
  plain(at, source.length, nodes);
  return nodes;
}

/** @returns {number} how many characters at the end belong to the sentence, not to the address */
function addLink(text, nodes) {
  const address = text.replace(/[.,;:!?)\]}]+$/, '');
  const url = URL.canParse?.(address) === false ? null : toURL(address);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) {
    // The host is shown as the browser will ask for it, so a look-alike letter shows as punycode.
    const shown = url.host === hostAsWritten(address) ? address : url.href;
    nodes.push(el('a', { href: url.href, rel: 'noopener noreferrer nofollow', target: '_blank' }, shown));
  } else {
    nodes.push(document.createTextNode(address));
  }
  return text.length - address.length;
}

function toURL(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

const hostAsWritten = (address) => address.replace(/^https?:\/\//i, '').split(/[/?#]/)[0].toLowerCase();

/** A stretch of the source, with the mentions that lie in it. */
function addPlain(source, from, to, found, nodes) {
  const text = (start, end) => end > start && nodes.push(document.createTextNode(source.slice(start, end)));
  let at = from;
  for (const { start, end, you, squad } of found) {
    if (start < at || end > to) continue;
    text(at, start);
    nodes.push(el('span', { class: you && !squad ? 'mention you' : 'mention' }, source.slice(start, end)));
    at = end;
  }
  text(at, to);
  return nodes;
}
