import assert from 'node:assert/strict';
import test from 'node:test';
import {
  createDrafts,
  createFolds,
  createReadMarks,
  createSettings,
  createStorage,
} from '../../Services/gateway/Web/state/storage.js';
import { memoryStorage, viper } from './support.mjs';

const forbidden = () => {
  throw new Error('SecurityError');
};
const full = () => {
  const stored = memoryStorage();
  return { ...stored, get length() { return stored.length; }, setItem: forbidden, removeItem: stored.removeItem };
};

test('without storage everything holds until the page is closed', () => {
  const storage = createStorage(forbidden);
  storage.write('sc.a', 'one');
  assert.equal(storage.read('sc.a'), 'one');
  assert.deepEqual(storage.keys('sc.'), ['sc.a']);
  storage.write('sc.a', null);
  assert.equal(storage.read('sc.a'), null);
  assert.deepEqual(storage.keys('sc.'), []);
});

test('what does not fit any more is not read back as it was before', () => {
  const stored = full();
  const before = memoryStorage();
  before.setItem('sc.a', 'old');
  const storage = createStorage(() => ({ ...stored, getItem: before.getItem }));
  storage.write('sc.a', 'new');
  assert.equal(storage.read('sc.a'), 'new');
});

test('it is known whether what was written outlasts the page', () => {
  const lasts = (open) => {
    const storage = createStorage(open);
    storage.write('sc.a', 'one');
    return storage.lasts('sc.a');
  };
  const stored = memoryStorage();
  assert.deepEqual([() => stored, forbidden, full].map(lasts), [true, false, false]);
});

test('another page of the same browser sees what was written, and that it went', () => {
  const stored = memoryStorage();
  const [one, other] = [createStorage(() => stored), createStorage(() => stored)];
  one.write('sc.a', 'one');
  assert.equal(other.read('sc.a'), 'one');
  other.write('sc.a', null);
  assert.equal(one.read('sc.a'), null);
});

test('a draft and a setting hold on it, stored or not', () => {
  const stored = memoryStorage();
  for (const open of [forbidden, () => stored, full]) {
    const storage = createStorage(open);
    const drafts = createDrafts(storage, () => 'viper-1');
    assert.equal(drafts.read('r'), '');
    assert.equal(createSettings(storage).singleKeys(), true);
    drafts.write('r', 'half a thought');
    createSettings(storage).setSingleKeys(false);
    assert.equal(drafts.read('r'), 'half a thought');
    assert.equal(createSettings(storage).singleKeys(), false);
    drafts.write('r', '');
    assert.equal(drafts.read('r'), '');
  }
  assert.equal(stored.length, 1);
});

test('marks that cannot be read count as none', () => {
  const stored = memoryStorage();
  stored.setItem('sc.read.viper-1', '{');
  const store = { getState: () => ({ rooms: {}, session: { user: null } }), subscribe: () => {} };
  assert.deepEqual(createReadMarks(store, createStorage(() => stored)).load(viper), {});
});

test('which closed signals were opened is kept, the last of them, and nonsense in the storage is none', () => {
  const kept = memoryStorage();
  const folds = createFolds(createStorage(() => kept));
  assert.equal(folds.isOpen('a'), false);
  folds.toggle('a');
  assert.equal(createFolds(createStorage(() => kept)).isOpen('a'), true);
  folds.toggle('a');
  assert.equal(folds.isOpen('a'), false);
  for (let number = 0; number < 250; number += 1) folds.toggle(`s${number}`);
  assert.deepEqual([folds.isOpen('s49'), folds.isOpen('s50'), folds.isOpen('s249')], [false, true, true]);
  for (const text of ['{', '7', '"x"', 'null']) {
    kept.setItem('sc.unfolded', text);
    assert.equal(folds.isOpen('s249'), false);
  }
});
