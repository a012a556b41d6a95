import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { audience, findMentions, mentions } from '../../Services/gateway/Web/state/mentions.js';
import { newRoom } from '../../Services/gateway/Web/state/roomReducer.js';
import { unread } from '../../Services/gateway/Web/state/selectors.js';
import { timeline } from '../../Services/gateway/Web/timeline/rows.js';
import { message } from './support.mjs';

const { people, cases } = JSON.parse(readFileSync(new URL('../Fixtures/mentions.json', import.meta.url), 'utf8'));
const members = Object.fromEntries(people.map(({ id, names: [callsign, username] }) => {
  return [id, { user_id: id, callsign, username, squad_id: 'alpha' }];
}));
const room = (fields = {}) => ({
  ...newRoom({ room_id: 'squad_alpha', squad_id: 'alpha', name: 'A' }),
  members,
  ...fields,
});

test('whom the notifier rings for a text, the page tints and counts it for, and nobody else', () => {
  for (const { text, names, squad } of cases) {
    for (const reader of Object.values(members)) {
      const rung = squad || names.includes(reader.user_id);
      const about = `${JSON.stringify(text)} for ${reader.user_id}`;
      assert.equal(mentions({ content: text }, audience(room(), reader)), rung, about);
      const here = room({ messages: [message(1, { content: text, user_id: 'nobody' })], seq: 1, readSeq: 0 });
      assert.equal(timeline(here, [], reader).at(-1).hit, rung, about);
      assert.equal(unread(here, reader).mentions, Number(rung), about);
    }
  }
});

test('the words for everybody mean the squad itself, not a commander who looks in', () => {
  const guest = { user_id: 'atlas', callsign: 'Atlas-6', username: 'atlas', squad_id: 'bravo' };
  const people = audience(room({ members: { ...members, atlas: guest } }), guest);
  assert.equal(mentions({ content: '@squad @everyone @all' }, people), false);
  assert.equal(mentions({ content: '@squad @atlas-6' }, people), true);
});

test('a person who is called like the word for all is meant alone', () => {
  const all = { user_id: 'all', callsign: 'All', squad_id: 'alpha' };
  const people = audience(room({ members: { ...members, all } }), members.bob);
  assert.equal(mentions({ content: '@all' }, people), false);
});

test('a signal and a line of the system ring for nobody', () => {
  const people = audience(room(), members.bob);
  for (const message_type of ['system', 'trade_signal']) {
    assert.equal(mentions({ content: '@bob @squad', message_type }, people), false);
  }
});

test('a name nobody here bears is still shown as one', () => {
  const [{ start, end, you }] = findMentions('ask @Zulu-9.', audience(room(), members.bob));
  assert.deepEqual([start, end, you], [4, 11, false]);
});
