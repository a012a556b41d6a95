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
