import { notified } from './notices.js';
import { reduceOutbox } from './outboxReducer.js';
import { newRoom, reduceRoom } from './roomReducer.js';

export const initialState = {
  session: { phase: 'loading', user: null, demo: false, demoUsers: [], problem: null },
  squads: [],
  rooms: {},
  roomOrder: [],
  route: { room: null, panel: null, list: false },
  /** Whether the newest row of the open room is in the user's sight. */
  attended: false,
  /** Whether the reader of the open room looks at older rows. */
  scrolledUp: false,
  /** Whether the open room is on the screen at all. */
  inView: false,
  outbox: [],
  link: {
    phase: 'connecting',
    reason: null,
    attempt: 0,
    nextTryAt: null,
    since: 0,
    doubt: null, // who does not answer although the line stands: { of: 'line' or 'hq', since }
    median: null,
    p95: null,
    values: [],
  },
  notifications: [],
  toast: null,
};

/** The whole page's state after one action. Pure: times come with the action. */
export function reduce(state, action) {
  return reduceOutbox(reduceRooms(reduceShell(state, action), action), action);
}

function reduceShell(state, action) {
  switch (action.type) {
    case 'signed_in':
      return {
        ...state,
        session: {
          phase: 'signedIn',
          user: action.user,
          demo: action.demo,
          demoUsers: action.demoUsers ?? [],
          problem: null,
        },
        squads: action.squads,
      };
    case 'signed_out':
      return {
        ...initialState,
        route: state.route,
        session: {
          phase: 'signedOut',
          user: null,
          demo: action.demo,
          demoUsers: action.demoUsers,
          problem: action.problem ?? null,
        },
      };
    case 'unanswered':
      return state.session.problem === unanswered
        ? state
        : { ...state, session: { ...state.session, problem: unanswered } };
    case 'trouble':
      return { ...state, toast: { ...blank, ...action, id: `trouble:${action.at}`, kind: 'trouble' } };
    case 'link':
      return { ...state, link: { ...state.link, ...action.link } };
    case 'attended':
      return { ...state, attended: action.value, scrolledUp: action.scrolledUp ?? false, inView: action.inView ?? action.value };
    case 'push':
      return action.frame.event === 'notification' ? notified(state, action) : state;
    case 'notifications_seen':
      return state.notifications.some((each) => !each.seen)
        ? { ...state, notifications: state.notifications.map((each) => ({ ...each, seen: true })) }
        : state;
    case 'toast_gone':
      return state.toast?.id === action.id ? { ...state, toast: null } : state;
    default:
      return state;
  }
}

const unanswered = 'The server does not answer; trying again';

/** A toast that leads nowhere. */
const blank = { room_id: null, message_id: null };

function reduceRooms(state, action) {
  switch (action.type) {
    case 'signed_in': {
      const rooms = {};
      for (const room of action.rooms) rooms[room.room_id] = newRoom(room, action.read?.[room.room_id], action.squads);
      return { ...state, rooms, roomOrder: action.rooms.map((room) => room.room_id) };
    }
    case 'route':
      return moved(state, action.route);
    case 'push':
      return action.frame.room_id ? oneRoom(state, action.frame.room_id, action) : state;
    case 'link':
    case 'tick':
      return everyRoom(state, action);
    default:
      return action.room_id && action.type !== 'queued' ? oneRoom(state, action.room_id, action) : state;
  }
}

function oneRoom(state, id, action) {
  const room = state.rooms[id];
  if (!room) return state;
  const open = state.route.room === id;
  const context = {
    me: state.session.user?.user_id,
    attended: open && state.attended,
    scrolledUp: open && state.scrolledUp,
  };
  const next = reduceRoom(room, action, context);
  return next === room ? state : { ...state, rooms: { ...state.rooms, [id]: next } };
}

function everyRoom(state, action) {
  return state.roomOrder.reduce((each, id) => oneRoom(each, id, action), state);
}

function moved(state, route) {
  const { room: before } = state.route;
  if (before === route.room) return { ...state, route };
  let next = { ...state, route, attended: false, scrolledUp: false, inView: false };
  if (before) next = oneRoom(next, before, { type: 'closed' });
  return route.room ? oneRoom(next, route.room, { type: 'opened' }) : next;
}
