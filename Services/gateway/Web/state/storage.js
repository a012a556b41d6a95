import { watch } from './store.js';

/**
 * What this browser keeps over a reload. Storage may be full or forbidden, its very name may throw: then everything
 * lasts as long as the page, and nobody else has to ask whether it does.
 *
 * @param {() => Storage} open
 */
export function createStorage(open) {
  /** What could not be stored; null: what could not be removed. */
  const memory = new Map();

  function attempt(act, otherwise) {
    try {
      return act(open());
    } catch {
      return otherwise;
    }
  }

  return {
    /** @returns {string|null} */
    read: (key) => (memory.has(key) ? memory.get(key) : attempt((storage) => storage.getItem(key), null)),
    /** @param {string|null} text null: forget it */
    write(key, text) {
      const done = attempt((storage) => {
        if (text === null) storage.removeItem(key);
        else storage.setItem(key, text);
        return true;
      }, false);
      if (done) memory.delete(key);
      else memory.set(key, text);
    },
    /** Whether what was written there last is there in another page too. */
    lasts: (key) => !memory.has(key),
    /** The keys that begin so and hold something. */
    keys(prefix) {
      const stored = attempt((storage) => Array.from({ length: storage.length }, (_, index) => storage.key(index)), []);
      const held = [...new Set([...stored, ...memory.keys()])].filter((key) => key?.startsWith(prefix));
      return held.filter((key) => memory.get(key) !== null);
    },
  };
}

/** The JSON of a text; null when there is none, or it is none. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

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

/** Which closed signals were opened again, the last of them. */
export function createFolds(storage) {
  const key = 'sc.unfolded';
  const most = 200;
  const read = () => [parsed(storage.read(key)) ?? []].flat();
  return {
    isOpen: (id) => read().includes(id),
    toggle(id) {
      const others = read().filter((each) => each !== id);
      const next = others.length < read().length ? others : [...others, id].slice(-most);
      storage.write(key, JSON.stringify(next));
    },
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
