import { el } from '../ui/dom.js';
import { findMentions, namesUser } from '../state/mentions.js';

/** One inline mark at a time; the longest first. Nothing nests, so nothing can run away. */
const marks = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|(?<![*\w])[*]([^*\s][^*\n]*?)[*](?![*\w])|(https?:\/\/[^\s<>"'`]+)/g;

/**
 * The small Markdown of chat as nodes: `code`, **bold**, *italic*, links to http and https, mentions.
 * Everything else is plain text; there is no way from text to an element that is not made here.
 *
 * @returns {Node[]}
 */
export function render(text, user) {
  const source = String(text ?? '');
  const nodes = [];
  let at = 0;
  for (const match of source.matchAll(marks)) {
    const [whole, code, bold, italic, link] = match;
    plain(source.slice(at, match.index), user, nodes);
    at = match.index + whole.length;
    if (code !== undefined) nodes.push(el('code', {}, code));
    else if (bold !== undefined) nodes.push(el('strong', {}, ...plain(bold, user, [])));
    else if (italic !== undefined) nodes.push(el('em', {}, ...plain(italic, user, [])));
    else at -= addLink(link, nodes);
  }
  plain(source.slice(at), user, nodes);
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

function plain(text, user, nodes) {
  let at = 0;
  for (const { name, start, end } of findMentions(text)) {
    if (start > at) nodes.push(document.createTextNode(text.slice(at, start)));
    nodes.push(el(
      'span',
      { class: namesUser(name, user) && name.toLowerCase() !== 'squad' ? 'at you' : 'at' },
      text.slice(start, end),
    ));
    at = end;
  }
  if (at < text.length) nodes.push(document.createTextNode(text.slice(at)));
  return nodes;
}
