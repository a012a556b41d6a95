import { messageSeq } from '../state/messages.js';

/** How many pages of history are fetched at most on the way to a message; beyond that its room must do. */
const MOST_PAGES = 40;

/**
 * Leads to a message that may lie before everything that is loaded: page by page, because the rows of a room have no
 * holes.
 *
 * @param {object} options
 * @param {(room: string) => void} options.openRoom
 * @param {(room: string) => Promise<void>} options.loadOlder fetches one page; settles also when there was none
 * @param {(id: string) => boolean} options.show whether the message was there to be shown
 * @param {() => Promise<void>} options.drawn settles when the page shows the present state
 */
export function createSeek({ store, openRoom, loadOlder, show, drawn }) {
  let latest = 0;

  return async ({ room_id, message_id }) => {
    const turn = (latest += 1);
    openRoom(room_id);
    // What is fetched on the way must not be let go because somebody says something.
    store.dispatch({ type: 'seeking', room_id, value: true });
    try {
      await search(room_id, message_id, () => turn === latest);
      // By then it is known that the reader looks at older messages.
      await drawn();
    } finally {
      if (turn === latest) store.dispatch({ type: 'seeking', room_id, value: false });
    }
  };

  async function search(room_id, message_id, isWanted) {
    for (let page = 0; page <= MOST_PAGES; page += 1) {
      await drawn();
      const { route, rooms } = store.getState();
      // Whoever asked has gone elsewhere meanwhile, or asked for another.
      if (!isWanted() || route.room !== room_id) return;
      const { hasMore, firstSeq } = rooms[room_id];
      if (show(message_id) || !hasMore || messageSeq({ message_id }) >= firstSeq) return;
      await loadOlder(room_id);
      if (store.getState().rooms[room_id].olderError) return;
    }
  }
}
