import { el, icon, setText } from '../ui/dom.js';
import { shortly } from '../state/selectors.js';

/** What stands above the first row: opening, loading, why it failed, or that there is nothing before. */
export function createTimelineTop(element, actions) {
  const again = { click: () => actions.loadOlder() };
  const retry = () => el('button', { type: 'button', class: 'button', on: again }, 'Retry');
  const texts = {
    opening: () => ['Opening the room'],
    hindered: ({ hindrance: { message } }) => [
      `The room does not open. ${sentence(message)} It is tried again by itself.`,
    ],
    loading: () => ['Loading older messages'],
    failed: () => ['Older messages did not load. ', retry()],
    refused: (room) => [room.error.message],
    empty: () => ['No messages yet. Say what you are watching.'],
    begin: (room) => [`This is the beginning of ${room.name}.`],
    more: () => [],
  };
  let drawn = null;

  /**
   * @param {number} rows in the whole timeline
   * @param {boolean} atTop whether the first of them is in the page
   * @returns {(() => void)|null} makes the change; null when there is none, so that nothing is scrolled for nothing
   */
  return (room, rows, atTop) => {
    const kind = kindOf(room, rows, atTop);
    const drawing = [room.room_id, kind, kind === 'hindered' && room.hindrance.message].join();
    if (drawn === drawing) return null;
    drawn = drawing;
    return () => element.replaceChildren(...texts[kind](room));
  };
}

const sentence = (text) => text.replace(/\.?$/, '.');

function kindOf(room, rows, atTop) {
  if (room.error) return 'refused';
  if (room.seq === null) return room.hindrance ? 'hindered' : 'opening';
  if (room.olderError) return 'failed';
  if (room.loadingOlder) return 'loading';
  if (room.hasMore || !atTop) return 'more';
  return rows ? 'begin' : 'empty';
}

/** The pill that leads back to the newest row, with how many are new. */
export function createJump(press) {
  const text = el('span', {});
  const element = el(
    'button',
    { type: 'button', class: 'jump', hidden: true, on: { click: press } },
    icon('down', 'small'),
    text,
  );
  return {
    element,
    /** @param {{count: number, more: boolean}} [fresh] the line above what is new */
    draw(shown, fresh) {
      element.hidden = !shown;
      setText(text, fresh ? `${shortly(fresh.count, fresh.more)} new` : 'Latest');
    },
  };
}
