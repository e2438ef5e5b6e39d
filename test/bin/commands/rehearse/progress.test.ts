import { PassThrough } from 'stream';
import {
  formatRows,
  formatSeconds,
  LiveView,
  PlainView,
  type ProgressView,
} from '../../../../bin/commands/rehearse/progress';
import { Estimate, saveTimings } from '../../../../bin/commands/rehearse/timings';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

function capture(): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  stream.columns = 40;
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { stream, text: () => text };
}

test.each([
  [0.04, '0.0 s'],
  [8.12, '8.1 s'],
  [59.4, '59 s'],
  [72, '1 min 12 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test.each([
  [[], ''],
  [[['bronze', 95000]], '95,000 rows'],
  [
    [
      ['silver', 98462],
      ['quality gate', 0],
      ['gold', 80],
    ],
    'silver 98,462 rows, gold 80 rows',
  ],
  [[['check: compute', 7]], ''],
] as const)('%j come out as %j', (steps, text) => {
  expect(formatRows(steps.map(([name, rowsOut]) => ({ name, rowsOut })))).toBe(text);
});

test('a log gets one line when a stage begins and one when it ends, without control characters', () => {
  const { stream, text } = capture();
  const view: ProgressView = new PlainView(stream);
  view.start('synth', 'Synthesis');
  view.update('synth', 'never shown');
  view.finish('synth', '96 resources');
  view.start('deploy', 'Deployment');
  view.fail('deploy');
  expect(text()).toBe(
    'Synthesis ...\nSynthesis: done in 0.0 s, 96 resources\nDeployment ...\nDeployment: FAILED in 0.0 s\n',
  );
});

describe('in a terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function live(stages: { [stage: string]: number }): { view: LiveView; text: () => string } {
    const file = join(folder, 'timings.json');
    saveTimings(file, { rows: 1, stages });
    const { stream, text } = capture();
    return { view: new LiveView(stream, Estimate.read(file, 1)), text };
  }

  test('says how much time is left by the rehearsal before', () => {
    const { view, text } = live({ synth: 30, deploy: 45 });
    view.start('synth', 'Synthesis');
    view.close();
    expect(text()).toContain('about 1 min 15 s left');
  });

  test('no line is longer than the terminal is wide', () => {
    const { view, text } = live({});
    view.start('trades', 'Trades');
    view.update('trades', 'x'.repeat(200));
    view.note('');
    view.close();
    const lines = text()
      .replace(/\u001b\[[?\d]*[a-zA-Z]/g, '')
      .split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  test('hides the cursor, which belongs to the terminal, and gives it back at the end', () => {
    const terminal = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { isTTY } = process.stderr;
    process.stderr.isTTY = true;
    try {
      const { view } = live({});
      view.start('synth', 'Synthesis');
      view.close();
      expect(terminal.mock.calls.map(([text]) => text)).toEqual(['\u001b[?25l', '\u001b[?25h']);
    } finally {
      terminal.mockRestore();
      process.stderr.isTTY = isTTY;
    }
  });
});
