/**
 * Who reacted to a message with what. The server names some of an emoji and counts all (`reactions`,
 * `reaction_counts`); where it does not count, it names everybody. Whether we are among those not named it says with
 * the pages that we ask for (`own_reactions`), and after that our own acts do.
 */

/**
 * Without those that nobody chose.
 * @returns {{emoji: string, count: number, people: string[], mine: boolean, waits?: true}[]}
 */
export function reactionsOf(message, userID) {
  const shown = { ...message.reactions };
  for (const emoji in message.waiting_reactions) shown[emoji] ??= [];
  return Object.entries(shown).map(([emoji, people]) => {
    const count = message.reaction_counts?.[emoji] ?? people.length;
    const named = people.includes(userID);
    // Beyond the names only what was said to us, and our own acts, tell.
    const mine = named || (count > people.length && message.own_reactions?.[emoji] === true);
    const waits = message.waiting_reactions?.[emoji] === true;
    return { emoji, count, people: mine && !named ? [userID, ...people] : people, mine, ...(waits && { waits }) };
  }).filter(({ count, waits }) => count > 0 || waits);
}

export const hasReacted = (message, emoji, userID) =>
  reactionsOf(message, userID).some((each) => each.emoji === emoji && each.mine);

/** A message after somebody reacted, or took it back. @param {object} data of the event */
export function withReactions(message, { emoji, user_id, reactions = {}, reaction_counts }, added, me) {
  const next = { ...message, reactions, reaction_counts };
  return user_id === me ? withOwn(next, emoji, added) : next;
}

/**
 * The messages of an answer to us, with what the server says of our own reactions: it knows them all, also those beyond
 * the names, so that what it leaves out is not there.
 * @param {object[]} messages
 * @param {Record<string, string[]>|undefined} own message id → emoji; undefined from a server that does not say it
 */
export const withOwnOf = (messages, own) =>
  own ? messages.map((message) => ({
    ...message,
    own_reactions: Object.fromEntries((own[message.message_id] ?? []).map((emoji) => [emoji, true])),
  })) : messages;

/** A message of which we know by our own act whether our reaction is on it. */
export const withOwn = (message, emoji, isOn) => ({
  ...message,
  own_reactions: { ...message.own_reactions, [emoji]: isOn },
});

/** The server's newer copy of a message; where it does not tell our own reactions, what we know is not forgotten. */
export function newer(old, copy) {
  const { own_reactions, waiting_reactions } = old ?? {};
  return own_reactions || waiting_reactions ? { own_reactions, waiting_reactions, ...copy } : copy;
}

/** A message with a reaction of ours that is asked for and not answered, or no longer. */
export const withWaiting = (message, emoji, waits) =>
  Boolean(message.waiting_reactions?.[emoji]) === waits
    ? message
    : { ...message, waiting_reactions: { ...message.waiting_reactions, [emoji]: waits } };
