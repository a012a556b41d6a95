import { CloseCode, encode, parse } from './frames.js';
import { createDialer } from './dialer.js';
import { createQuestions } from './questions.js';
import { ANSWER_WITHIN, CONNECT_WITHIN, LINE_SILENT_AFTER, PING_EVERY, STEADY_AFTER, backoff } from './waits.js';

/** The close code of a line that ended without one. */
const NOBODY = 1006;
/** `WebSocket.CLOSED` */
const CLOSED = 3;

const toWebSocket = (url) => new WebSocket(url);
const anybody = async () => true;

/**
 * One socket kept up for ever: connects, says hello, correlates answers, measures, and comes back with jittered
 * back-off. It knows nothing about rooms; `net/rooms.js` and `net/outbox.js` do.
 *
 * @param {object} options
 * @param {(url: string) => WebSocket} [options.makeSocket]
 * @param {{setTimeout: Function, clearTimeout: Function, now: () => number}} options.clock
 * @param {() => Promise<boolean>} [options.probe] as in `net/dialer.js`
 * @param {() => number} [options.random]
 * @param {object} options.events `connecting()`, `ready()`, `lost({code, nextTryAt, attempt, wasReady})`,
 *   `refused(code)`, `push(frame)`, `latency(milliseconds)`, `asked(id, event)`, `settled(id, error)`, `stopped()`
 */
export function createSocket({ url, makeSocket = toWebSocket, probe = anybody, clock, random = Math.random, events }) {
  const questions = createQuestions({ clock, events });
  const dialer = createDialer({ probe, open, failed: () => closed(NOBODY) });
  let socket = null;
  let timer = null;
  let pingTimer = null;
  /** Losses in a row; only a link that stood for a while ends the row. */
  let attempt = 0;
  let readyAt = 0;
  let ready = false;
  let wanted = false;

  function connect() {
    clock.clearTimeout(timer);
    timer = null;
    if (!wanted || socket || dialer.isAsking()) return;
    events.connecting();
    dialer.dial(attempt > 0);
  }

  function open() {
    const mine = makeSocket(url);
    socket = mine;
    // To a port that it blocks WebKit gives a dead socket, and no event ever.
    if (mine.readyState === CLOSED) return closed(NOBODY);
    const within = (span) => {
      clock.clearTimeout(timer);
      timer = clock.setTimeout(() => mine === socket && !ready && drop(mine, NOBODY), span);
    };
    within(attempt ? CONNECT_WITHIN : ANSWER_WITHIN);
    mine.onopen = () => {
      within(ANSWER_WITHIN);
      mine.send(encode('hello', {}, questions.newId()));
    };
    mine.onmessage = (event) => mine === socket && receive(parse(event.data));
    mine.onclose = (event) => mine === socket && closed(event.code);
    mine.onerror = () => {};
  }

  function receive(frame) {
    if (!frame) return;
    if (frame.kind === 'answer') return questions.settle(frame);
    if (frame.event === 'connection_confirmed' && !ready) {
      clock.clearTimeout(timer);
      ready = true;
      readyAt = clock.now();
      events.ready(frame.data);
      measure();
      return;
    }
    events.push(frame);
  }

  /** Sends one event and promises its answer; rejects with the wire error, or `unavailable` when the link drops. */
  function request(event, data, within = ANSWER_WITHIN) {
    if (!ready) return Promise.reject({ code: 'unavailable', message: 'The link is down.' });
    return questions.ask(event, within, (id) => socket.send(encode(event, data, id)));
  }

  /** @param {number} within what the line has to bring the ping back, or is given up */
  function measure(within = ANSWER_WITHIN) {
    clock.clearTimeout(pingTimer);
    if (!ready) return;
    const mine = socket;
    const sentAt = clock.now();
    request('ping', {}, within).then(
      () => events.latency(clock.now() - sentAt),
      (error) => error.code === 'unavailable' && mine === socket && drop(mine, NOBODY),
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
    if (wasReady && clock.now() - readyAt >= STEADY_AFTER) attempt = 0;
    socket = null;
    ready = false;
    clock.clearTimeout(timer);
    clock.clearTimeout(pingTimer);
    questions.drop();
    if (!wanted) return events.stopped();
    attempt += 1;
    if (code === CloseCode.sessionEnded || code === CloseCode.replaced) {
      wanted = false;
      events.refused(code);
      return;
    }
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
    /** As `start`, where nobody asked for it: a server that ends every connection is not asked again at once. */
    startLater() {
      wanted = true;
      clock.clearTimeout(timer);
      timer = clock.setTimeout(connect, backoff(attempt, random));
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
      dialer.stop();
      if (socket) drop(socket, 1000);
      attempt = 0;
      clock.clearTimeout(timer);
    },
  };
}
