/**
 * Who reacted to a message with what. The server names the first fifty of an emoji and counts all
 * (`reactions`, `reaction_counts`); where it does not count, it names everybody.
 */

/** @returns {{emoji: string, count: number, people: string[], mine: boolean}[]} without those nobody chose */
export function reactionsOf(message, userID) {
  return Object.entries(message.reactions ?? {}).map(([emoji, people]) => {
    const count = message.reaction_counts?.[emoji] ?? people.length;
    const named = people.includes(userID);
    // Beyond the names only our own acts tell.
    const mine = named || (count > people.length && message.own_reactions?.[emoji] === true);
    return { emoji, count, people: mine && !named ? [userID, ...people] : people, mine };
  }).filter(({ count }) => count > 0);
}

export const hasReacted = (message, emoji, userID) =>
  reactionsOf(message, userID).some((each) => each.emoji === emoji && each.mine);

/** A message after somebody reacted, or took it back. @param {object} data of the event */
export function withReactions(message, { emoji, user_id, reactions = {}, reaction_counts }, added, me) {
  const next = { ...message, reactions, reaction_counts };
  return user_id === me ? withOwn(next, emoji, added) : next;
}

/** A message of which we know by our own act whether our reaction is on it. */
export const withOwn = (message, emoji, isOn) => ({
  ...message,
  own_reactions: { ...message.own_reactions, [emoji]: isOn },
});

/** The server's newer copy of a message; our own acts, which it does not tell, are not forgotten. */
export const newer = (old, copy) => (old?.own_reactions ? { ...copy, own_reactions: old.own_reactions } : copy);
