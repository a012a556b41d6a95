/** Tells the others, at most once in three seconds, and that it ended after three seconds of silence. */
export function createTypingSignal(tell, clock) {
  const every = 3_000;
  let startedAt = -Infinity;
  let timer = null;
  let active = false;

  function stop(room_id) {
    clock.clearTimeout(timer);
    if (active) tell('typing_stop', { room_id });
    active = false;
    startedAt = -Infinity;
  }

  return {
    touch(room_id) {
      if (clock.now() - startedAt >= every) {
        tell('typing_start', { room_id });
        startedAt = clock.now();
      }
      active = true;
      clock.clearTimeout(timer);
      timer = clock.setTimeout(() => stop(room_id), every);
    },
    stop,
  };
}
