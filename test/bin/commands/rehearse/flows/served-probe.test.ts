import { type Served, withoutGap } from '../../../../../bin/commands/rehearse/flows/streaming/served-probe';

const served = (generation: number, minute = 0): Served => ({
  status: 200,
  generation,
  start: `2026-01-05T10:0${minute}:00`,
});

test('there is no gap when every request is answered and each generation had its turn', () => {
  const answers = [served(1), served(1, 1), served(2, 1), served(1, 1), served(2, 2)];
  expect(withoutGap(answers, [1, 2, 1, 2]).passed).toBe(true);
});

test.each<[string, Served[]]>([
  ['a request is not answered', [served(1), { status: 404 }, served(2)]],
  ['a window is older than one before', [served(1, 1), served(2, 0)]],
  ['a generation is not served', [served(1), served(1)]],
  ['one comes back unasked', [served(1), served(2), served(1)]],
  ['nobody asks', []],
])('there is one when %s', (_name, answers) => {
  expect(withoutGap(answers, [1, 2]).passed).toBe(false);
});
