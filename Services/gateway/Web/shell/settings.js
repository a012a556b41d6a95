/** Small choices of this browser. */
export function createSettings(storage) {
  const key = 'sc.singleKeys';
  let single = true;
  try {
    single = storage.getItem(key) !== 'off';
  } catch {
    // Without storage the default holds.
  }
  return {
    singleKeys: () => single,
    setSingleKeys(value) {
      single = value;
      try {
        storage.setItem(key, value ? 'on' : 'off');
      } catch {
        // It holds until the page is closed.
      }
    },
  };
}
