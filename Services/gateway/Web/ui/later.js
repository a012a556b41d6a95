/**
 * A part of the page that is fetched when it is wanted. One that did not come is asked for again, by itself and at the next
 * time that it is wanted; Firefox remembers for as long as the page lasts that it did not.
 *
 * @param {() => Promise<object>} load an import
 * @param {(modules: object) => object} make of what came; once
 * @param {object} when
 * @param {() => void} when.again this page will not have it, as it seems: it did not come twice, or could not be made
 * @param {(misses: number) => number} when.wait milliseconds before it is asked for again
 */
export function later(load, make, { clock, wait, again }) {
  let part = null;
  let coming = null;
  let misses = 0;
  let timer = null;
  const missed = () => {
    coming = null;
    misses += 1;
    timer = clock.setTimeout(fetched, wait(misses));
    if (misses > 1) again();
  };
  const come = (modules) => {
    try {
      part = make(modules);
    } catch (error) {
      console.error(error);
      // Half of it may stand, and must not stand twice: only another page can have it whole.
      load = () => Promise.reject(error);
      misses += 1;
      throw error;
    }
    return part;
  };
  function fetched() {
    clock.clearTimeout(timer);
    return (coming ??= load().then(come).catch(missed));
  }
  return {
    fetched,
    /** Uses it: at once where it is there. */
    use: (act) => (part ? act(part) : fetched().then((it) => it && act(it))),
  };
}
