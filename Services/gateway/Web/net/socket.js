import { CloseCode, encode, parse } from './frames.js';
import { ANSWER_WITHIN, LINE_SILENT_AFTER, PING_EVERY, backoff } from './waits.js';

/**
 * One socket kept up for ever: connects, says hello, correlates answers, measures, and comes back with jittered
 * back-off. It knows nothing about rooms; `net/rooms.js` and `net/outbox.js` do.
 *
 * @param {object} options
 * @param {string} options.url
 * @param {(url: string) => WebSocket} [options.makeSocket]
 * @param {{setTimeout: Function, clearTimeout: Function, now: () => number}} options.clock
 * @param {() => number} [options.random]
 * @param {object} options.events `connecting()`, `ready()`, `lost({code, nextTryAt, attempt, wasReady})`,
 *   `refused(code)`, `push(frame)`, `latency(milliseconds)`, `asked(id, event)`, `settled(id, error)`,
 *   `stopped()`
 */
export function createSocket({ url, makeSocket = (u) => new WebSocket(u), clock, random = Math.random, events }) {
  const waiting = new Map();
  let socket = null;
  let timer = null;
  let pingTimer = null;
  let attempt = 0;
  let nextId = 1;
  let ready = false;
  let wanted = false;

  function connect() {
    clock.clearTimeout(timer);
    timer = null;
    if (!wanted || socket) return;
    events.connecting();
    const mine = makeSocket(url);
    socket = mine;
    timer = clock.setTimeout(() => mine === socket && !ready && drop(mine, 1006), ANSWER_WITHIN);
    mine.onopen = () => mine.send(encode('hello', {}, nextId++));
    mine.onmessage = (event) => mine === socket && receive(parse(event.data));
    mine.onclose = (event) => mine === socket && closed(event.code);
    mine.onerror = () => {};
  }

  function receive(frame) {
    if (!frame) return;
    if (frame.kind === 'answer') return settle(frame);
    if (frame.event === 'connection_confirmed' && !ready) {
      clock.clearTimeout(timer);
      ready = true;
      attempt = 0;
      events.ready(frame.data);
      measure();
      return;
    }
    events.push(frame);
  }

  function settle({ id, ok, error }) {
    const request = waiting.get(id);
    if (!request) return;
    waiting.delete(id);
    clock.clearTimeout(request.timer);
    events.settled(id, error);
    if (error) request.reject(error);
    else request.resolve(ok);
  }

  /** Sends one event and promises its answer; rejects with the wire error, or `unavailable` when the link drops. */
  function request(event, data, within = ANSWER_WITHIN) {
    if (!ready) return Promise.reject({ code: 'unavailable', message: 'The link is down.' });
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const error = { code: 'unavailable', message: 'No answer came in time.', silent: true };
      const late = () => settle({ id, error });
      waiting.set(id, { resolve, reject, timer: clock.setTimeout(late, within) });
      socket.send(encode(event, data, id));
      events.asked(id, event);
    });
  }

  /** @param {number} within what the line has to bring the ping back, or is given up */
  function measure(within = ANSWER_WITHIN) {
    clock.clearTimeout(pingTimer);
    if (!ready) return;
    const mine = socket;
    const sentAt = clock.now();
    request('ping', {}, within).then(
      () => events.latency(clock.now() - sentAt),
      (error) => error.code === 'unavailable' && mine === socket && drop(mine, 1006),
    );
    pingTimer = clock.setTimeout(() => measure(), PING_EVERY);
  }

  function drop(mine, code) {
    mine.onopen = mine.onmessage = mine.onclose = null;
    try {
      mine.close();
    } catch {
      // It was never open.
    }
    if (mine === socket) closed(code);
  }

  function closed(code) {
    const wasReady = ready;
    socket = null;
    ready = false;
    clock.clearTimeout(timer);
    clock.clearTimeout(pingTimer);
    const failed = [...waiting.values()];
    waiting.clear();
    for (const { reject, timer: t } of failed) {
      clock.clearTimeout(t);
      reject({ code: 'unavailable', message: 'The link was lost.' });
    }
    if (!wanted) return events.stopped();
    if (code === CloseCode.sessionEnded || code === CloseCode.replaced) {
      wanted = false;
      events.refused(code);
      return;
    }
    attempt += 1;
    const wait = backoff(attempt, random, code === CloseCode.tooManyViolations ? { floor: 30_000 } : {});
    timer = clock.setTimeout(connect, wait);
    events.lost({ code, attempt, nextTryAt: clock.now() + wait, wasReady });
  }

  return {
    request,
    isReady: () => ready,
    /** A frame nobody waits for; dropped while the link is down (typing is not worth a queue). */
    tell: (event, data) => ready && socket.send(encode(event, data)),
    start() {
      wanted = true;
      connect();
    },
    /** Cuts the wait short: the network came back, the tab was shown, or the user asked. */
    tryNow() {
      if (wanted && !socket) connect();
      else if (ready) measure();
    },
    /** There may be no network any more: the line is believed when it answers soon, and only then. */
    suspect() {
      if (ready) measure(LINE_SILENT_AFTER);
    },
    stop() {
      wanted = false;
      if (socket) drop(socket, 1000);
      clock.clearTimeout(timer);
    },
  };
}
