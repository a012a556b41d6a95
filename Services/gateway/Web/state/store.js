/**
 * One store: the state is replaced by the reducer, never changed in place, and listeners hear of it once per frame.
 *
 * @param {(state: object, action: object) => object} reducer pure
 * @param {object} initial
 * @param {(callback: () => void) => void} schedule when listeners run; many actions make one call
 */
export function createStore(reducer, initial, schedule = queueMicrotask) {
  let state = initial;
  let scheduled = false;
  const listeners = new Set();

  function announce() {
    scheduled = false;
    for (const listener of listeners) {
      try {
        listener(state);
      } catch (error) {
        // One part of the page that fails must not stop the others.
        console.error(error);
      }
    }
  }

  return {
    getState: () => state,
    dispatch(action) {
      const next = reducer(state, action);
      if (next === state) return;
      state = next;
      if (scheduled) return;
      scheduled = true;
      schedule(announce);
    },
    /** @returns {() => void} ends the subscription */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Calls `render` with the chosen value now and whenever another value was chosen (compared by identity). */
export function watch(store, choose, render) {
  let last = choose(store.getState());
  render(last);
  return store.subscribe((state) => {
    const next = choose(state);
    if (next === last) return;
    const previous = last;
    last = next;
    render(next, previous);
  });
}
