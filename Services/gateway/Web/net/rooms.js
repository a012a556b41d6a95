import { PAGE_LENGTH } from '../state/messages.js';
import { TRY_AGAIN, afterRefusal } from './waits.js';

/**
 * Keeps every room of the session joined and whole: joins new ones, resumes known ones by (epoch, seq) after each
 * reconnect, and asks again when a hole shows.
 */
export function createRooms({ socket, store, clock, random = Math.random }) {
  const busy = new Set();
  /** How often each was refused in a row, and until when it is left alone. */
  const refusals = new Map();
  /** The pages that are on their way, by room. */
  const loading = new Map();

  const room = (id) => store.getState().rooms[id];

  async function bring(id) {
    const known = room(id);
    if (!known || busy.has(id) || !socket.isReady() || clock.now() < (refusals.get(id)?.until ?? 0)) return;
    busy.add(id);
    try {
      if (known.seq === null || known.stale) await join(id);
      else await resume(id, known);
      refusals.delete(id);
    } catch (error) {
      await refused(id, error);
    } finally {
      busy.delete(id);
      if (room(id)?.gap && !refusals.has(id)) clock.setTimeout(() => bring(id), TRY_AGAIN);
    }
  }

  async function join(id) {
    const answer = await socket.request('join_squad_room', { squad_id: room(id).squad_id });
    store.dispatch({ type: 'joined', room_id: id, answer });
  }

  async function resume(id, { seq, epoch }) {
    const answer = await socket.request('resume', { room_id: id, seq, epoch });
    store.dispatch({ type: 'resumed', room_id: id, answer });
  }

  async function refused(id, error) {
    if (['unknown_room', 'not_joined'].includes(error.code) && room(id).seq !== null && !room(id).stale) {
      // The server has forgotten the room or our place in it: begin anew.
      store.dispatch({ type: 'room_stale', room_id: id });
      clock.setTimeout(() => bring(id), 0);
    } else if (error.code === 'forbidden') {
      store.dispatch({ type: 'room_refused', room_id: id, error });
    } else if (socket.isReady()) {
      const attempt = (refusals.get(id)?.attempt ?? 0) + 1;
      const wait = afterRefusal(error, attempt, random);
      const mine = { attempt, until: clock.now() + wait };
      refusals.set(id, mine);
      // Whoever was brought otherwise meanwhile needs it no more.
      clock.setTimeout(() => refusals.get(id) === mine && bring(id), wait);
      store.dispatch({ type: 'room_waits', room_id: id, error });
    }
  }

  function bringAll() {
    refusals.clear();
    for (const id of store.getState().roomOrder) bring(id);
  }

  async function loadPage(id) {
    const before = room(id).firstSeq;
    store.dispatch({ type: 'older_loading', room_id: id });
    try {
      const answer = await socket.request('fetch_history', { room_id: id, before, limit: PAGE_LENGTH });
      store.dispatch({ type: 'older_loaded', room_id: id, before, answer });
    } catch (error) {
      store.dispatch({ type: 'older_failed', room_id: id, error });
    }
  }

  return {
    /** After every (re)connect. */
    bringAll,
    /** Cuts the waits of those that are not joined short. */
    hurry() {
      const waiting = [...refusals.keys()];
      refusals.clear();
      waiting.forEach(bring);
    },
    /** After every push: a hole was seen, or our own rights changed. */
    heal() {
      for (const id of store.getState().roomOrder) {
        if (room(id).gap || room(id).stale) bring(id);
      }
    },
    /** Asks what costs least and only HQ can answer. Rooms that are not joined are asked for anyway. */
    probe() {
      const id = store.getState().roomOrder.find((each) => room(each).joined);
      if (id) socket.request('fetch_history', { room_id: id, limit: 1 }).catch(() => {});
    },
    /** One page of older messages, once whoever asks; the store says when there are no more. */
    loadOlder(id) {
      if (!room(id)?.hasMore) return Promise.resolve();
      if (!loading.has(id)) loading.set(id, loadPage(id).finally(() => loading.delete(id)));
      return loading.get(id);
    },
  };
}
