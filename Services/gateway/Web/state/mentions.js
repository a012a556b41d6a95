const word = /@([\p{L}\p{N}_][\p{L}\p{N}_.-]*)/gu;

/** The names a text mentions, as written, with their places. @returns {{name: string, start: number, end: number}[]} */
export function findMentions(text) {
  const found = [];
  for (const match of String(text ?? '').matchAll(word)) {
    const before = text[match.index - 1];
    // An address or a word is no mention: the sign must stand at a word's edge.
    if (before && /[\p{L}\p{N}_@]/u.test(before)) continue;
    const name = match[1].replace(/[.-]+$/, '');
    found.push({ name, start: match.index, end: match.index + 1 + name.length });
  }
  return found;
}

/** Whether a name is this user's or the whole squad's. */
export const namesUser = (name, user) => {
  const folded = name.toLowerCase();
  return [user.callsign, user.username, 'squad'].some((each) => each?.toLowerCase() === folded);
};

export const mentions = (text, user) => findMentions(text).some(({ name }) => namesUser(name, user));
