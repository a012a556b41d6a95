import { CloseCode } from './frames.js';
import { createLatency } from './latency.js';
import { createSocket } from './socket.js';

const endedProblem = 'Your session ended. Sign in again.';

/**
 * Joins the socket to the store: the state of the link, pushes, measured latency, and what to do when the session
 * is over. `onReady` runs after every (re)connect.
 */
export function createLink({
  store,
  url,
  clock,
  makeSocket,
  onReady,
  onPush,
  checkSession,
  online = () => navigator.onLine !== false,
}) {
  const latency = createLatency({ now: clock.now });
  const set = (link) => store.dispatch({ type: 'link', link });
  const down = () => (store.getState().link.phase === 'secure' ? { since: clock.now() } : {});

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
      set({ ...down(), phase: online() ? 'reconnecting' : 'offline', attempt, nextTryAt });
      // A handshake that is refused looks like any other failure; only the session knows why.
      if (!wasReady && online() && attempt % 3 === 1) checkSession();
    },
    refused(code) {
      const ended = code === CloseCode.sessionEnded;
      set({ ...down(), phase: 'refused', reason: ended ? 'ended' : 'replaced', nextTryAt: null });
      if (ended) checkSession(endedProblem);
    },
    push(frame) {
      store.dispatch({ type: 'push', frame, at: clock.now() });
      onPush(frame);
    },
    latency(milliseconds) {
      latency.add(milliseconds);
      set(latency.summary());
    },
  };
  const socket = createSocket({ url, clock, makeSocket, events });
  function tryNow() {
    const { phase, reason } = store.getState().link;
    if (phase !== 'refused') socket.tryNow();
    else if (reason === 'ended') checkSession(endedProblem);
    else socket.start();
  }

  return {
    socket,
    tryNow,
    /** The network is back or the page is looked at again: no reason to take the session from where it went. */
    wake() {
      const { phase, reason } = store.getState().link;
      if (phase !== 'refused' || reason === 'ended') tryNow();
    },
  };
}
