import assert from 'node:assert/strict';
import test from 'node:test';
import { createSeek } from '../../Services/gateway/Web/timeline/seek.js';
import { message } from './support.mjs';

const id = 'squad_alpha';

/** A room of a thousand messages, of which the page has the newest fifty. */
function desk({ fails = false, trims = false } = {}) {
  const room = { firstSeq: 951, hasMore: true, olderError: null };
  const state = { route: { room: null }, rooms: { [id]: room } };
  const shown = [];
  const made = { state, room, shown, loads: 0, meanwhile: () => {} };
  made.seek = createSeek({
    store: {
      getState: () => state,
      dispatch({ type, room_id, value }) {
        assert.deepEqual([type, room_id], ['seeking', id]);
        room.seeking = value;
      },
    },
    openRoom: (name) => (state.route = { room: name }),
    async loadOlder() {
      made.loads += 1;
      assert.equal(room.seeking, true, 'what is fetched is kept meanwhile');
      made.meanwhile();
      if (fails) room.olderError = { code: 'unavailable' };
      else if (!trims) room.firstSeq = Math.max(1, room.firstSeq - 50);
      room.hasMore = room.firstSeq > 1;
    },
    show(wanted) {
      const isThere = Number(wanted.split('.').at(-1)) >= room.firstSeq;
      if (isThere) shown.push(wanted);
      return isThere;
    },
    drawn: async () => {},
  });
  made.lookFor = (seq) => made.seek({ room_id: id, message_id: message(seq).message_id });
  return made;
}

test('what is loaded is shown at once', async () => {
  const near = desk();
  await near.lookFor(960);
  assert.deepEqual(near.shown, [message(960).message_id]);
  assert.equal(near.loads, 0);
});

test('what lies before is fetched page by page, and no further', async () => {
  const there = desk();
  await there.lookFor(720);
  assert.deepEqual(there.shown, [message(720).message_id]);
  assert.equal(there.loads, 5);
  assert.equal(there.room.firstSeq, 701);
});

test('a page that does not come ends the search; the room is open', async () => {
  const failing = desk({ fails: true });
  await failing.lookFor(1);
  assert.equal(failing.loads, 1);
  assert.deepEqual(failing.shown, []);
  assert.equal(failing.state.route.room, id);
});

test('a room that lets go as fast as it is fetched is not asked for ever', async () => {
  const endless = desk({ trims: true });
  await endless.lookFor(1);
  assert.ok(endless.loads <= 50, String(endless.loads));
  assert.deepEqual(endless.shown, []);
});

test('whoever goes elsewhere meanwhile is left there', async () => {
  const restless = desk();
  restless.meanwhile = () => (restless.state.route = { room: 'squad_bravo' });
  await restless.lookFor(1);
  assert.equal(restless.loads, 1);
  assert.deepEqual(restless.shown, []);
});

test('of two that are asked for one after the other the second is shown', async () => {
  const twice = desk();
  await Promise.all([twice.lookFor(1), twice.lookFor(960)]);
  assert.deepEqual(twice.shown, [message(960).message_id]);
});

test('the room may let go again when the search has ended, however it did', async () => {
  for (const options of [{}, { fails: true }, { trims: true }]) {
    const ended = desk(options);
    await ended.lookFor(720);
    assert.equal(ended.room.seeking, false);
  }
});
