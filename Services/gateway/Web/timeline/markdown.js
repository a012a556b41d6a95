import { el } from '../ui/dom.js';
import { findMentions } from '../state/mentions.js';
import { linkEnd, links } from './links.js';

/** Lines between two equal runs of three and more backquotes; what follows the first run names a language. */
const fences = /^(`{3,})[^`\n]*\n([^]*?)\n?\1(?!`)[ \t]*\n?/gm;

/** One inline mark at a time; the longest first. Only links and mentions stand inside another: nothing can run away. */
const marks = new RegExp(
  `(?<!\`)(\`+)(?!\`)([^]*?[^\`])\\1(?!\`)|\\*\\*([^*\\n]+)\\*\\*|(?<![*\\w])[*]([^*\\s][^*\\n]*?)[*](?![*\\w])|${links}`,
  'g',
);

const quote = '> ';

/**
 * The small Markdown of chat as nodes: blocks of code, quoted lines, `code`, **bold**, *italic*, links to http and https,
 * mentions. Everything else is plain text; there is no way from text to an element that is not made here.
 *
 * @param {object} audience whom names mean (`state/mentions.js`)
 * @returns {Node[]}
 */
export function render(text, audience) {
  const source = String(text ?? '');
  const writer = createWriter(source, findMentions(source, audience));
  const nodes = [];
  let at = 0;
  for (const { index, 0: whole, 2: code } of source.matchAll(fences)) {
    lines(source, at, index, writer, nodes);
    nodes.push(el('pre', {}, el('code', {}, code)));
    at = index + whole.length;
  }
  lines(source, at, source.length, writer, nodes);
  return nodes;
}

/** A text as it is said where nothing can be drawn: its words without the marks. */
export const plain = (text) =>
  String(text ?? '').replace(fences, '$2 ').replace(/^> /gm, '')
    .replace(marks, (whole, ticks, code, bold, italic) => code ?? bold ?? italic ?? whole);

/** Lines that are quoted stand together; the others are written as they are. */
function lines(source, from, to, writer, nodes) {
  let start = from;
  while (start < to) {
    const quoted = source.startsWith(quote, start);
    const inside = [];
    let end = start;
    while (end < to && source.startsWith(quote, end) === quoted) {
      const next = source.indexOf('\n', end) + 1 || to;
      if (quoted) writer.inline(end + quote.length, Math.min(next, to), inside);
      end = Math.min(next, to);
    }
    if (quoted) nodes.push(el('blockquote', {}, ...inside));
    else writer.inline(start, end, nodes);
    start = end;
  }
}

/** Writes stretches of a source, with the mentions that lie in them. */
function createWriter(source, mentions) {
  function inline(from, to, nodes) {
    let at = from;
    for (const { index, 0: whole, 1: ticks, 2: code, 3: bold, 4: italic, 5: link } of source.slice(from, to).matchAll(marks)) {
      const start = from + index;
      if (start < at) continue;
      words(at, start, nodes);
      at = start + whole.length;
      if (ticks) nodes.push(el('code', {}, code));
      else if (bold) nodes.push(el('strong', {}, ...linked(start + 2, at - 2)));
      else if (italic) nodes.push(el('em', {}, ...linked(start + 1, at - 1)));
      else at = start + address(link, nodes);
    }
    words(at, to, nodes);
  }

  function linked(from, to) {
    const nodes = [];
    let at = from;
    for (const { index, 0: link } of source.slice(from, to).matchAll(new RegExp(links, 'g'))) {
      words(at, from + index, nodes);
      at = from + index + address(link, nodes);
    }
    words(at, to, nodes);
    return nodes;
  }

  function words(from, to, nodes) {
    const text = (start, end) => end > start && nodes.push(document.createTextNode(source.slice(start, end)));
    let at = from;
    for (const { start, end, you, squad } of mentions) {
      if (start < at || end > to) continue;
      text(at, start);
      nodes.push(el('span', { class: you && !squad ? 'mention you' : 'mention' }, source.slice(start, end)));
      at = end;
    }
    text(at, to);
  }

  return { inline };
}

/** @returns {number} how many characters belong to the address */
function address(text, nodes) {
  const end = linkEnd(text);
  const written = text.slice(0, end);
  const url = toURL(written);
  if (url) {
    // The host is shown as the browser will ask for it, so a look-alike letter shows as punycode.
    const shown = url.host === hostAsWritten(written) ? written : url.href;
    nodes.push(el('a', { href: url.href, rel: 'noopener noreferrer nofollow', target: '_blank' }, shown));
  } else {
    nodes.push(document.createTextNode(written));
  }
  return end;
}

function toURL(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

const hostAsWritten = (written) => written.replace(/^https?:\/\//i, '').split(/[/?#]/)[0].toLowerCase();
