/**
 * A part of the page that is fetched when it is wanted. One that did not come is asked for again at the next time.
 *
 * @param {() => Promise<object>} load an import
 * @param {(modules: object) => object} [make] of what came; once
 */
export function later(load, make = (modules) => modules) {
  let part = null;
  let coming = null;
  const fetched = () => {
    coming ??= load().then(
      (modules) => (part = make(modules)),
      (error) => {
        coming = null;
        throw error;
      },
    );
    return coming;
  };
  return {
    fetched,
    /** Uses it: at once where it is there. */
    use: (act) => (part ? act(part) : fetched().then(act)),
  };
}
