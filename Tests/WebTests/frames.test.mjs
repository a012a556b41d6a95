import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import test from 'node:test';
import { encode, parse } from '../../Services/gateway/Web/net/frames.js';
import { messageSeq } from '../../Services/gateway/Web/state/messages.js';
import { golden } from './support.mjs';

const files = (side) => readdirSync(new URL(`../Fixtures/v1/${side}/`, import.meta.url));

test('every golden frame of the server is read as what it is', () => {
  const names = files('server');
  assert.ok(names.length >= 20, 'the golden files are there');
  for (const name of names) {
    const frame = parse(golden(`server/${name}`));
    const raw = JSON.parse(golden(`server/${name}`));
    if (name.startsWith('answer_')) {
      assert.deepEqual(frame, { kind: 'answer', id: raw.id, ok: raw.ok }, name);
    } else if (name.startsWith('error_')) {
      assert.deepEqual(frame, { kind: 'answer', id: raw.id, error: raw.error }, name);
    } else {
      assert.equal(frame.kind, 'push', name);
      assert.equal(frame.event, raw.event, name);
      assert.equal(frame.seq, raw.seq, name);
      assert.equal(frame.epoch, raw.epoch, name);
      assert.deepEqual(frame.data, raw.data, name);
    }
  }
});

test('what we send has the shape of the golden frames of the client', () => {
  for (const name of files('client')) {
    const raw = JSON.parse(golden(`client/${name}`));
    assert.deepEqual(JSON.parse(encode(raw.event, raw.data, raw.id)), raw, name);
  }
});

test('a frame without an id asks for no answer', () => {
  assert.deepEqual(
    JSON.parse(encode('typing_start', { room_id: 'a' })),
    { event: 'typing_start', data: { room_id: 'a' } },
  );
});

test('text that is no frame is refused, not thrown', () => {
  for (const text of ['', '{', 'null', '[]', '7', '"x"', '{}', '{"id":1}']) assert.equal(parse(text), null, text);
});

test('the place of a message is that of its id, whatever the update carries', () => {
  assert.equal(messageSeq({ message_id: 'squad_alpha.0f3a9c1b2d4e.42', seq: 77 }), 42);
  assert.equal(messageSeq({ message_id: 'a.b.c.0f3a9c1b2d4e.7' }), 7);
  assert.equal(messageSeq({ message_id: '3f2a-uuid', seq: 5 }), 5);
});
