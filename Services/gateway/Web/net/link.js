import { createSocket } from './socket.js';
import { createLatency } from './latency.js';
import { CloseCode } from './frames.js';

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
      set({ ...down(), phase: 'refused', nextTryAt: null });
      if (code === CloseCode.sessionEnded) checkSession('Your session ended. Sign in again.');
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
  return {
    socket,
    tryNow() {
      if (store.getState().link.phase === 'refused') socket.start();
      else socket.tryNow();
    },
  };
}
