/**
 * A part of the page that is fetched when it is wanted. One that did not come is asked for again at the next time; Firefox
 * remembers for as long as the page lasts that it did not.
 *
 * @param {() => Promise<object>} load an import
 * @param {(modules: object) => object} [make] of what came; once
 * @param {() => void} [again] when it did not come at the second time either
 */
export function later(load, make = (modules) => modules, again = () => {}) {
  let part = null;
  let coming = null;
  let misses = 0;
  const missed = () => {
    coming = null;
    misses += 1;
    if (misses > 1) again();
  };
  const come = (modules) => (part = make(modules));
  const fetched = () => (coming ??= load().then(come, missed));
  return {
    fetched,
    /** Uses it: at once where it is there. */
    use: (act) => (part ? act(part) : fetched().then((it) => it && act(it))),
  };
}
