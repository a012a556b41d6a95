/** What ends a sentence, or a part of one, where no spaces are written; in an address it is always escaped. */
const wide = '、。〈〉《》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟！（），．：；？［］｛｝～｡｢｣､“”‘’…';

/** An address of http or https as far as it may go, for a regular expression. */
export const links = `(https?:\\/\\/[^\\s<>"'\`${wide.replace(/[\]\\]/g, '\\$&')}]+)`;

const partners = { ')': '(', ']': '[', '}': '{' };

/** How much of a text belongs to the address: no bracket that was opened before it, and no full stop after it. */
export function linkEnd(text) {
  const open = [];
  let end = text.length;
  for (let at = 0; at < end; at += 1) {
    const partner = partners[text[at]];
    if ('([{'.includes(text[at])) open.push(text[at]);
    else if (partner && open.pop() !== partner) end = at;
  }
  while (end > 0 && '.,;:!?*_~([{'.includes(text[end - 1])) end -= 1;
  return end;
}
