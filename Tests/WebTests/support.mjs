import { readFileSync } from 'node:fs';

export const web = new URL('../../Services/gateway/Web/', import.meta.url);

/** A golden frame, as text. */
export const golden = (name) => readFileSync(new URL(`../Fixtures/v1/${name}`, import.meta.url), 'utf8');

/** Time that moves only when told; callbacks run in order, and what they start is awaited. */
export function manualClock(start = 1_763_806_023_000) {
  let now = start;
  let timers = [];
  let next = 1;
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return {
    now: () => now,
    setTimeout(run, after) {
      timers.push({ id: next, at: now + after, run });
      return next++;
    },
    clearTimeout(id) {
      timers = timers.filter((timer) => timer.id !== id);
    },
    settle,
    async advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        await settle();
        const [first] = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.id - b.id);
        if (!first) break;
        timers = timers.filter((timer) => timer !== first);
        now = Math.max(now, first.at);
        first.run();
      }
      now = end;
      await settle();
    },
  };
}

/** The storage of a browser, in memory. */
export function memoryStorage() {
  const map = new Map();
  return {
    get length() {
      return map.size;
    },
    key: (index) => [...map.keys()][index] ?? null,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => map.set(key, String(value)),
    removeItem: (key) => map.delete(key),
  };
}

export const viper = {
  user_id: 'viper-1',
  username: 'Viper-1',
  callsign: 'Viper-1',
  role: 'sergeant',
  squad_id: 'alpha',
};

let counter = 0;
/** A message as the server would send it. */
export function message(seq, fields = {}) {
  counter += 1;
  return {
    seq,
    message_id: `squad_alpha.0f3a9c1b2d4e.${seq}`,
    user_id: 'ghost-2',
    callsign: 'Ghost-2',
    room_id: 'squad_alpha',
    content: `text ${counter}`,
    message_type: 'text',
    timestamp: new Date(1_763_806_023_000 + seq * 1000).toISOString(),
    reactions: {},
    metadata: {},
    ...fields,
  };
}
