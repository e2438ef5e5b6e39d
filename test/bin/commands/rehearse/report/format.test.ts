import { count, decimal, duration, instant, memory, rounded } from '../../../../../bin/commands/rehearse/report/format';

test.each([
  [0, '0'],
  [999, '999'],
  [1_234_567, '1,234,567'],
])('count(%d) is %s', (value, text) => expect(count(value)).toBe(text));

test.each([
  [0, '0.00 s'],
  [0.424, '0.42 s'],
  [12.34, '12.3 s'],
  [59.94, '59.9 s'],
  [59.96, '1 min 0 s'],
  [101.7, '1 min 42 s'],
])('duration(%d) is %s', (seconds, text) => expect(duration(seconds)).toBe(text));

test.each([
  [800.4, '800 MiB'],
  [2150, '2.1 GiB'],
])('memory(%d) is %s', (mebibytes, text) => expect(memory(mebibytes)).toBe(text));

test.each([
  ['10.50000000', '10.5'],
  ['1234567890.12345678', '1,234,567,890.12345678'],
  ['100.00000000', '100'],
  ['-1234.5', '-1,234.5'],
  ['0.00000001', '0.00000001'],
])('decimal(%s) is %s, every digit kept', (text, shown) => expect(decimal(text)).toBe(shown));

test('rounded keeps seven significant digits', () => {
  expect(rounded('93609.12345678')).toBe('93,609.12');
  expect(rounded('0.00000789')).toBe('0.00000789');
});

test('instant tells minutes in UTC, and other text as it is', () => {
  expect(instant('2026-11-23T23:41:07.123+01:00')).toBe('2026-11-23 22:41 UTC');
  expect(instant('yesterday')).toBe('yesterday');
});
