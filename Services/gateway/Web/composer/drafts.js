/** One unsent text per room and person; it survives a reload where storage is allowed. */
export function createDrafts(storage, userID) {
  const key = (room) => `sc.draft.${userID()}.${room}`;
  return {
    read: (room) => storage.read(key(room)) ?? '',
    write: (room, text) => storage.write(key(room), text || null),
  };
}
