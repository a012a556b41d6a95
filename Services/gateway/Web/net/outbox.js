import { parsed } from '../state/storage.js';
import { watch } from '../state/store.js';
import { afterRefusal } from './waits.js';

/** Codes after which the same text may go through later, by itself. */
const passing = new Set(['unavailable', 'busy', 'rate_limited', 'not_joined', 'not_authenticated']);
/** An unsent text older than this is not sent behind its author's back. Milliseconds. */
const STALE_AFTER = 3_600_000;

/**
 * Sends what was written, in order, each until it is answered: the same client id on every attempt, so that the
 * server makes one message of many tries. One text is in the air at a time; a second could overtake a refused first of its
 * room.
 *
 * @param {object} options
 * @param {object} options.storage survives a reload; one key per text, so that tabs do not overwrite each other
 */
export function createOutbox({ socket, store, clock, storage, makeId, random = Math.random }) {
  let sending = false;
  /** A limit is the author's, in all rooms. */
  let limitedUntil = 0;
  /** How often each room refused in a row, and until when it is left alone: it is no reason for another to wait. */
  const refused = new Map();

  const prefix = () => `sc.outbox.${store.getState().session.user?.user_id}.`;
  const save = (item) => storage.write(prefix() + item.client_id, JSON.stringify(item));
  const forget = (id) => storage.write(prefix() + id, null);

  // Arrived by a push, discarded, or answered: nothing left to repeat after a reload.
  watch(store, (state) => state.outbox, (now, before = []) => {
    const left = new Set(now.map((item) => item.client_id));
    for (const item of before) if (!left.has(item.client_id)) forget(item.client_id);
  });

  const next = () => {
    const { outbox, rooms } = store.getState();
    const isHeld = (id) => clock.now() < (refused.get(id)?.until ?? 0);
    return outbox.find(({ state, room_id: id }) => state === 'pending' && rooms[id]?.joined && !isHeld(id));
  };

  async function drain() {
    if (sending || !socket.isReady() || clock.now() < limitedUntil) return;
    sending = true;
    for (let item = next(); item && socket.isReady(); item = next()) {
      try {
        const { room_id, content, client_id } = item;
        const answer = await socket.request('send_message', { room_id, content, type: 'text', client_id });
        refused.delete(room_id);
        forget(client_id);
        store.dispatch({ type: 'sent', client_id, answer });
      } catch (error) {
        if (passing.has(error.code)) {
          hold(item, error);
          if (error.code === 'rate_limited') break;
          continue;
        }
        forget(item.client_id);
        store.dispatch({ type: 'failed', client_id: item.client_id, error });
      }
    }
    sending = false;
  }

  /** In order or not at all: everything behind it in its room waits too. */
  function hold({ room_id, client_id }, error) {
    const times = (refused.get(room_id)?.times ?? 0) + 1;
    const wait = afterRefusal(error, times, random);
    const until = clock.now() + wait;
    // A lost link holds nothing: the next one may be there in a moment.
    if (socket.isReady()) refused.set(room_id, { times, until });
    else refused.delete(room_id);
    if (socket.isReady() && error.code === 'rate_limited') limitedUntil = until;
    store.dispatch({ type: 'held', client_id, code: error.code, until });
    clock.setTimeout(drain, wait);
  }

  return {
    drain,
    /** Cuts the wait short: the user asked, or HQ answers again. A limit is kept to. */
    hurry() {
      if (store.getState().outbox.some(({ held }) => held?.code === 'rate_limited' && held.until > clock.now())) return;
      limitedUntil = 0;
      refused.clear();
      drain();
    },
    send(room_id, content) {
      const item = { client_id: makeId(), room_id, content, at: clock.now(), state: 'pending' };
      save(item);
      store.dispatch({ type: 'queued', item });
      drain();
    },
    retry(client_id) {
      store.dispatch({ type: 'retried', client_id, at: clock.now() });
      const item = store.getState().outbox.find((each) => each.client_id === client_id);
      if (item) save(item);
      drain();
    },
    discard(client_id) {
      forget(client_id);
      store.dispatch({ type: 'discarded', client_id });
    },
    /** What a reload or a crash left behind, oldest first. */
    restore() {
      const items = storage.keys(prefix()).map((key) => parsed(storage.read(key))).filter(Boolean);
      const aged = items.sort((a, b) => a.at - b.at).map((item) => {
        const old = clock.now() - item.at > STALE_AFTER;
        const error = { code: 'stale', message: 'Waited for more than an hour' };
        return old ? { ...item, state: 'failed', error } : { ...item, state: 'pending' };
      });
      store.dispatch({ type: 'restored', items: aged });
    },
  };
}
