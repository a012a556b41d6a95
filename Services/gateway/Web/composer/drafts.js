/** One unsent text per room and person; it survives a reload where storage is allowed. */
export function createDrafts(storage, userID) {
  const memory = new Map();
  const key = (room) => `sc.draft.${userID()}.${room}`;
  return {
    read(room) {
      try {
        return storage.getItem(key(room)) ?? '';
      } catch {
        return memory.get(room) ?? '';
      }
    },
    write(room, text) {
      memory.set(room, text);
      try {
        if (text) storage.setItem(key(room), text);
        else storage.removeItem(key(room));
      } catch {
        // Memory has it until the page is closed.
      }
    },
  };
}
