import assert from 'node:assert/strict';
import test from 'node:test';
import { suggest } from '../../Services/gateway/Web/composer/names.js';

const person = (callsign, online = true) => ({ user_id: callsign.toLowerCase(), callsign, online });
const members = Object.fromEntries(
  [person('Ghost-2'), person('Viper-1'), person('Günther', false), person('Owl-3', false), person('Nighthawk')].map((each) => [
    each.user_id,
    each,
  ]),
);
const names = (text) => suggest(text, members, 'viper-1')?.people.map((each) => each.callsign) ?? null;

test('after @ everybody is offered, who is on the net first, oneself never', () => {
  assert.deepEqual(names('hi @'), ['Ghost-2', 'Nighthawk', 'Günther', 'Owl-3', 'everyone', 'squad']);
  assert.deepEqual(names('@'), names('hi @'));
});

test('what begins so stands before what holds it; case and the way of writing an accent do not matter', () => {
  assert.deepEqual(names('@gh'), ['Ghost-2', 'Nighthawk']);
  assert.deepEqual(names('@GU\u0308'), ['Günther']);
  assert.deepEqual(names('@eve'), ['everyone']);
  assert.equal(names('@zzz'), null);
});

test('a name that is written already, a word, and a mail address ask for nothing', () => {
  for (const text of ['@Ghost-2', '@squad', '@ghost-2 ', 'a@gh', 'ghost', '', 'a.@gh']) assert.equal(names(text), null, text);
});

test('what is replaced begins at the sign', () => {
  assert.equal(suggest('look, @gh', members, 'viper-1').from, 6);
});

test('as many as a glance takes in', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`u${n}`, person(`Unit-${n}`)]));
  assert.equal(suggest('@', many, 'x').people.length, 8);
});
