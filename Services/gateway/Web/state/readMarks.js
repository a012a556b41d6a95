import { watch } from './store.js';

/** How far each room was read in this browser, kept per person over a reload. */
export function createReadMarks(store, storage) {
  const key = (user) => `sc.read.${user.user_id}`;

  /** @returns {Record<string, number>} room id → seq */
  function load(user) {
    try {
      return JSON.parse(storage.getItem(key(user)) ?? '{}');
    } catch {
      return {};
    }
  }

  watch(store, (state) => state.rooms, (rooms) => {
    const { user } = store.getState().session;
    if (!user) return;
    const marks = Object.fromEntries(
      Object.values(rooms).filter((room) => room.readSeq !== null).map((room) => [room.room_id, room.readSeq]),
    );
    const text = JSON.stringify(marks);
    try {
      if (Object.keys(marks).length && storage.getItem(key(user)) !== text) storage.setItem(key(user), text);
    } catch {
      // Marks last as long as the page then.
    }
  });
  return { load };
}
