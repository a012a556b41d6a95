import { parsed } from './storage.js';
import { watch } from './store.js';

/** How far each room was read in this browser, kept per person over a reload. */
export function createReadMarks(store, storage) {
  const key = (user) => `sc.read.${user.user_id}`;

  watch(store, (state) => state.rooms, (rooms) => {
    const { user } = store.getState().session;
    if (!user) return;
    const marks = Object.fromEntries(
      Object.values(rooms).filter((room) => room.readSeq !== null).map((room) => [room.room_id, room.readSeq]),
    );
    const text = JSON.stringify(marks);
    if (Object.keys(marks).length && storage.read(key(user)) !== text) storage.write(key(user), text);
  });

  return {
    /** @returns {Record<string, number>} room id → seq */
    load: (user) => parsed(storage.read(key(user))) ?? {},
  };
}

/** One unsent text per room and person. */
export function createDrafts(storage, userID) {
  const key = (room) => `sc.draft.${userID()}.${room}`;
  return {
    read: (room) => storage.read(key(room)) ?? '',
    write: (room, text) => storage.write(key(room), text || null),
  };
}

/** Small choices of this browser. */
export function createSettings(storage) {
  const key = 'sc.singleKeys';
  return {
    singleKeys: () => storage.read(key) !== 'off',
    setSingleKeys: (value) => storage.write(key, value ? 'on' : 'off'),
  };
}
