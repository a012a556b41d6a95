/** Small choices of this browser. */
export function createSettings(storage) {
  const key = 'sc.singleKeys';
  return {
    singleKeys: () => storage.read(key) !== 'off',
    setSingleKeys: (value) => storage.write(key, value ? 'on' : 'off'),
  };
}
