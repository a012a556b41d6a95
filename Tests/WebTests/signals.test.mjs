import assert from 'node:assert/strict';
import test from 'node:test';
import { band, inWords, place, price, readSignal, signed } from '../../Services/gateway/Web/signals/levels.js';
import { signalName } from '../../Services/gateway/Web/signals/signalCard.js';
import { golden } from './support.mjs';

const signal = JSON.parse(golden('server/signal_updated.json')).data;
const read = (data, outcome = null) => readSignal({ message_id: 'm', metadata: { signal_data: data, outcome } });

test('the golden signal reads as its figures', () => {
  const { pair, long, tcs, entry, stop, target, riskReward, places, result } = readSignal(signal);
  assert.deepEqual(
    { pair, long, tcs, entry, stop, target, riskReward, places },
    { pair: 'EURUSD', long: true, tcs: 87.4, entry: 1.0842, stop: 1.08215, target: 1.0883, riskReward: 2, places: 5 },
  );
  assert.equal(result.name, 'WIN');
  assert.equal(result.r.toFixed(1), '2.0');
});

test('numbers in words of digits are read; other spellings than the suite\'s end at its door', () => {
  const figures = ({ pair, long, tcs, entry, stop, target }) => ({ pair, long, tcs, entry, stop, target });
  assert.deepEqual(
    figures(
      read({
        pair: 'GBPJPY',
        direction: 'sell',
        tcs: '82',
        entry_price: '191.25',
        stop_loss: '191.75',
        take_profit: '190.25',
      }),
    ),
    { pair: 'GBPJPY', long: false, tcs: 82, entry: 191.25, stop: 191.75, target: 190.25 },
  );
  assert.deepEqual(
    figures(read({ symbol: 'GBPJPY', direction: 'SHORT', confidence: 82, entry: 191.25, sl: 191.75, tp: 190.25 })),
    { pair: '—', long: null, tcs: null, entry: null, stop: null, target: null },
  );
});

test('what is missing stays missing', () => {
  const made = read({});
  assert.equal(made.tcs, null);
  assert.equal(made.riskReward, null);
  assert.equal(place(made, made.entry), null);
  assert.equal(price(made.entry, made.places), '—');
  assert.equal(readSignal({ metadata: {} }), null);
  assert.equal(read({ entry_price: 'NaN', tcs: 'high' }).entry, null);
});

test('only a result is a result', () => {
  assert.equal(read({}, { outcome: 'PENDING' }).result, null);
  assert.equal(read({ entry_price: 1, stop_loss: 0.9 }, { outcome: 'LOSS', exit_price: 0.9 }).result.r, -1);
  assert.equal(read({ stop_pips: 10 }, { outcome: 'win', pips_result: 25 }).result.r, 2.5);
  assert.equal(read({}, { outcome: 'TIMEOUT' }).result.r, null);
});

test('a signal that was old when it came is not open, and is not called so; its outcome counts as any other', () => {
  const of = (stale, outcome = null) => ({ metadata: { signal_data: { pair: 'XAUUSD', direction: 'BUY', stale }, outcome } });
  const open = (...given) => readSignal(of(...given)).open;
  const won = { outcome: 'WIN', pips_result: 12 };
  assert.deepEqual([undefined, null, false, true].map((stale) => open(stale)), [true, true, true, false]);
  assert.equal(readSignal(of(true)).stale, true);
  assert.equal(signalName(of(false)), 'Signal XAUUSD long open');
  assert.equal(signalName(of(true)), 'Signal XAUUSD long old');
  assert.equal(open(true, won), false);
  assert.equal(signalName(of(true, won)), 'Signal XAUUSD long win, +12.0 pips');
});

test('the ladder runs from stop to target, either way, and holds what lies outside', () => {
  assert.equal(place({ stop: 1, target: 2 }, 1.5), 0.5);
  assert.equal(place({ stop: 2, target: 1 }, 1.25), 0.75);
  assert.equal(place({ stop: 1, target: 2 }, 9), 1);
  assert.equal(place({ stop: 1, target: 1 }, 1), null);
});

test('bands and signs are words and true minus signs', () => {
  assert.deepEqual([69.9, 70, 84.9, 85].map(band), ['low', 'good', 'good', 'high']);
  assert.deepEqual([24.6, -38, 0, null].map((value) => signed(value)), ['+24.6', '−38.0', '0.0', '–']);
});

test('an alert says a signal in the words of its card, with the levels there are', () => {
  const data = { pair: 'GBPUSD', direction: 'SELL', entry_price: '1.26410', stop_loss: '1.26590', take_profit: 1.2605 };
  assert.equal(inWords(data), 'GBPUSD SHORT · entry 1.26410 · SL 1.26590 · TP 1.26050');
  assert.equal(inWords({ ...data, take_profit: null, stop_loss: undefined }), 'GBPUSD SHORT · entry 1.26410');
  assert.equal(inWords({ pair: 'XAUUSD', direction: 'sideways' }), 'XAUUSD');
  assert.equal(inWords(null), null);
});

test('a price is shown as it was written: every zero, no exponent, and nothing that a binary fraction adds', () => {
  const shown = (entry_price, entry_price_text) => read({ entry_price, entry_price_text }).shown[0];
  assert.equal(shown(1.1, '1.10'), '1.10');
  assert.equal(shown('1.10'), '1.10');
  assert.equal(shown(5.6e-7), '0.00000056');
  assert.equal(shown(1.2e-9), '0.0000000012');
  assert.equal(shown(1.2 + 7 / 10000), '1.2007');
  assert.equal(shown(18500), '18500');
  assert.equal(shown('None'), '—');
  assert.deepEqual(read({ entry_price: 1.0842, stop_loss: 1.08215, take_profit: 1.0883 }).shown, [
    '1.08420',
    '1.08215',
    '1.08830',
  ]);
  assert.deepEqual(
    read({ entry_price: 1.0842, stop_loss: 1.08, stop_loss_text: '1.080', take_profit: null }).shown,
    ['1.0842', '1.080', '—'],
  );
});

test('where a signal ended is written as its other prices are', () => {
  const at = (outcome) => read({ entry_price: 1.1 }, { outcome: 'WIN', ...outcome }).result.at;
  assert.equal(at({ exit_price: 1.12345 }), '1.12345');
  assert.equal(at({ exit_price: 1 }), '1.0');
  assert.equal(at({ exit_price: 1.1, exit_price_text: '1.1000' }), '1.1000');
  assert.equal(at({}), '—');
});
