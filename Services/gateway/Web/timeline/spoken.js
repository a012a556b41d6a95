import { nameOf } from '../ui/people.js';
import { currentRoom, me } from '../state/selectors.js';
import { watch } from '../state/store.js';
import { signalName } from '../signals/signalCard.js';
import { plain } from './markdown.js';

/** Says aloud what others write in the open room while it is open. */
export function mountSpoken(store, announcer) {
  let lastID = null;
  let roomID = null;
  watch(store, (state) => currentRoom(state)?.messages, (messages = []) => {
    const room = currentRoom(store.getState());
    const newest = messages[messages.length - 1];
    const from = messages.findIndex((message) => message.message_id === lastID);
    const continued = room?.room_id === roomID && from >= 0;
    roomID = room?.room_id ?? null;
    lastID = newest?.message_id ?? null;
    if (!continued) return;
    for (const message of messages.slice(from + 1)) {
      if (message.user_id !== me(store.getState())?.user_id) announcer.say(sentence(message));
    }
  });
}

const sentence = (message) =>
  message.message_type === 'trade_signal'
    ? signalName(message)
    : `${nameOf(message)}: ${plain(message.content).slice(0, 200)}`;
