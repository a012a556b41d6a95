import { CloseCode } from './frames.js';
import { createDoubt } from './doubt.js';
import { createSocket } from './socket.js';

const endedProblem = 'Your session ended. Sign in again.';

/**
 * Joins the socket to the store: the state of the link, pushes, measured latency, and what to do when the session
 * is over. `onReady` runs after every (re)connect, `onDoubt` where asking something
 * would tell whether HQ works again, `onAnswered` when it does.
 */
export function createLink({
  store,
  url,
  clock,
  makeSocket,
  probe,
  onReady,
  onPush,
  onDoubt,
  onAnswered,
  checkSession,
  online = () => navigator.onLine !== false,
}) {
  const latency = createLatency({ now: clock.now });
  const set = (link) => store.dispatch({ type: 'link', link });
  const doubt = createDoubt({
    clock,
    tell(told, wasSilent) {
      set({ doubt: told });
      // What was refused waits as long as it was told: another room's answer says nothing of it.
      if (!told && wasSilent && socket.isReady()) onAnswered();
    },
  });
  /** Since when nothing can be known: the line may have been dead before it was lost. */
  const down = () => {
    const { phase, doubt: before } = store.getState().link;
    return phase === 'secure' ? { since: before?.since ?? clock.now() } : {};
  };
  /** What the end of a line changes, whatever ended it. */
  const ended = (link) => {
    const since = down();
    doubt.clear();
    set({ ...since, ...link });
  };

  const events = {
    connecting() {
      if (store.getState().link.attempt === 0) set({ ...down(), phase: 'connecting' });
    },
    ready() {
      latency.clear();
      set({ phase: 'secure', attempt: 0, nextTryAt: null, since: clock.now(), median: null, p95: null, values: [] });
      onReady();
    },
    lost({ attempt, nextTryAt, wasReady }) {
      ended({ phase: online() ? 'reconnecting' : 'offline', attempt, nextTryAt });
      // A handshake that is refused looks like any other failure; only the session knows why.
      if (!wasReady && online() && attempt % 3 === 1) checkSession();
    },
    refused(code) {
      const isOver = code === CloseCode.sessionEnded;
      ended({ phase: 'refused', reason: isOver ? 'ended' : 'replaced', nextTryAt: null });
      if (isOver) checkSession(endedProblem);
    },
    push(frame) {
      store.dispatch({ type: 'push', frame, at: clock.now() });
      onPush(frame);
    },
    latency(milliseconds) {
      latency.add(milliseconds);
      set(latency.summary());
      // The line works, and what nobody answered is not asked again by itself: this would be doubted for ever.
      if (store.getState().link.doubt && !doubt.isOpen()) onDoubt();
    },
    asked: doubt.asked,
    settled: doubt.settled,
    stopped: doubt.clear,
  };
  const socket = createSocket({ url, clock, makeSocket, probe, events });
  function tryNow() {
    const { phase, reason } = store.getState().link;
    if (phase !== 'refused') socket.tryNow();
    else if (reason === 'ended') checkSession(endedProblem);
    else socket.start();
  }

  return {
    socket,
    tryNow,
    suspect: socket.suspect,
    /** The network is back or the page is looked at again: no reason to take the session from where it went. */
    wake() {
      const { phase, reason } = store.getState().link;
      if (phase !== 'refused' || reason === 'ended') tryNow();
    },
  };
}

/** Round trips of the last minute; figures exist only once something was measured. */
export function createLatency({ span = 60_000, now = () => Date.now() } = {}) {
  let samples = [];
  return {
    /** @param {number} milliseconds one round trip */
    add(milliseconds) {
      samples.push({ at: now(), value: milliseconds });
      samples = samples.filter((sample) => now() - sample.at <= span);
    },
    clear() {
      samples = [];
    },
    /** @returns {{median: number|null, p95: number|null, values: number[]}} milliseconds, oldest value first */
    summary() {
      const values = samples.map((sample) => sample.value);
      const sorted = [...values].sort((a, b) => a - b);
      const at = (q) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] : null);
      return { median: at(0.5), p95: at(0.95), values: values.slice(-12) };
    },
  };
}
