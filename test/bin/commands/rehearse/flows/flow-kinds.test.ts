import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { FlowKind } from '../../../../../bin/commands/rehearse/flows/data-flow';
import { flowKindOf, requireFitting } from '../../../../../bin/commands/rehearse/flows/flow-kinds';
import type { RehearsalOptions } from '../../../../../bin/commands/rehearse/rehearsal-options';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const kind = (name: string, outputs: string[], options: FlowKind['options'] = []): FlowKind => {
  return { name, outputs, options, create: () => ({}) as never };
};
const KINDS = [kind('lakehouse', ['Topic', 'Gold'], ['trades', 'erase']), kind('streaming', ['Topic', 'Store', 'Api'])];

function stackWith(...outputs: string[]) {
  const template = { Outputs: Object.fromEntries(outputs.map((name) => [name, {}])) };
  writeFileSync(join(folder, 'stack.json'), JSON.stringify(template));
  return { displayName: 'Mine', stackName: 'Mine', assembly: folder, template: 'stack.json' };
}

function optionsWith(given: Partial<RehearsalOptions>): RehearsalOptions {
  const { signal } = new AbortController();
  return {
    stack: 's',
    project: '',
    rows: 1,
    seed: 1,
    out: '',
    faults: false,
    keep: false,
    engines: [],
    enforceIam: true,
    signal,
    ...given,
  };
}

test('a stack is of the pattern whose outputs it has', () => {
  expect(flowKindOf(stackWith('Topic', 'Store', 'Api', 'More'), KINDS).name).toBe('streaming');
  expect(flowKindOf(stackWith('Gold', 'Topic'), KINDS).name).toBe('lakehouse');
});

test('a stack of no pattern hears what it lacks of the nearest one', () => {
  expect(() => flowKindOf(stackWith('Topic', 'Store'), KINDS)).toThrow(
    'Mine: the stack has no output Api, by which a rehearsal of a streaming finds its parts',
  );
});

test('an option that a pattern has no use for is refused, one that it has is taken', () => {
  const stack = stackWith();
  const erase = { erase: { column: 'trade_id', value: 'T1' } };
  expect(() => requireFitting(KINDS[1], stack, optionsWith(erase))).toThrow(
    '--erase means nothing to Mine, which is a streaming: leave it out (a streaming takes no such option).',
  );
  expect(() => requireFitting(KINDS[0], stack, optionsWith(erase))).not.toThrow();
  expect(() => requireFitting(KINDS[0], stack, optionsWith({ faults: true }))).toThrow('--faults means nothing');
});
