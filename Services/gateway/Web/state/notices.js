/** A notification older than this, in milliseconds, was missed: it is listed and counted, not shown as if fresh. */
const FRESH_FOR = 120_000;

/** The state after somebody was told something: listed, and shown for a moment where that hides nothing. */
export function notified(state, { frame, at }) {
  const { data } = frame;
  const id = String(data.notification_id ?? at);
  if (state.notifications.some((each) => each.id === id)) return state;
  const entry = {
    id,
    // To the original's pages a signal is a system alert; the metadata knows better.
    kind: String(data.metadata?.kind ?? data.notification_type ?? 'system_alert'),
    title: String(data.title ?? 'Notification'),
    body: String(data.message ?? ''),
    signal: data.metadata?.signal_data ?? null,
    room_id: data.source_room_id ?? null,
    message_id: data.source_message_id ?? null,
    at: Date.parse(data.created_at ?? '') || at,
    seen: false,
  };
  // A toast of the room that is on the screen would lie over what it announces; what came while nobody was here is no
  // news any more.
  const here = entry.room_id !== null && entry.room_id === state.route.room;
  const isOld = data.metadata?.late === true || at - entry.at > FRESH_FOR;
  return {
    ...state,
    notifications: [{ ...entry, seen: here && state.attended }, ...state.notifications].slice(0, 50),
    toast: (here && state.inView) || isOld ? state.toast : withSignals(state.toast, entry),
  };
}

const isSignal = (toast) => ['signal', 'trade_signal'].includes(toast?.kind);

/** As many pairs are named at most. */
const NAMED = 5;

/** The toast that shows one more alert: many signals that come together share one. */
function withSignals(before, entry) {
  if (!isSignal(entry)) return entry;
  const pairs = entry.signal?.pair ? [String(entry.signal.pair)] : [];
  if (!isSignal(before)) return { ...entry, count: 1, pairs };
  const count = before.count + 1;
  const all = [...before.pairs, ...pairs];
  const body = all.slice(-NAMED).join(' · ');
  return { ...entry, count, pairs: all.slice(-NAMED), title: `${count} signals`, body, signal: null };
}
