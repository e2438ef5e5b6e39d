import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { FlowKind } from '../../../../../bin/commands/rehearse/flows/data-flow';
import { flowKindOf, requireFitting, stacksNamed } from '../../../../../bin/commands/rehearse/flows/flow-kinds';
import type { RehearsalOptions } from '../../../../../bin/commands/rehearse/rehearsal-options';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const kind = (name: string, outputs: string[], options: FlowKind['options'] = []): FlowKind => {
  return { name, outputs, options, create: () => ({}) as never };
};
const KINDS = [kind('lakehouse', ['Topic', 'Gold'], ['trades', 'erase']), kind('streaming', ['Topic', 'Store', 'Api'])];
const MESH: FlowKind = { ...kind('mesh', ['Portal', 'Product']), spansStacks: true };

function stackWith(...outputs: string[]) {
  return stackNamed('Mine', ...outputs);
}

function stackNamed(name: string, ...outputs: string[]) {
  const template = { Outputs: Object.fromEntries(outputs.map((output) => [output, {}])) };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(template));
  return { displayName: name, stackName: name, assembly: folder, template: `${name}.json` };
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
  expect(flowKindOf([stackWith('Topic', 'Store', 'Api', 'More')], KINDS).name).toBe('streaming');
  expect(flowKindOf([stackWith('Gold', 'Topic')], KINDS).name).toBe('lakehouse');
});

test('a stack of no pattern hears what it lacks of the nearest one', () => {
  expect(() => flowKindOf([stackWith('Topic', 'Store')], KINDS)).toThrow(
    'Mine: the stack has no output Api, by which a rehearsal of a streaming finds its parts',
  );
});

describe('several stacks', () => {
  const platform = stackNamed('MeshPlatform', 'Portal');
  const trading = stackNamed('MeshTrading', 'Product');
  const lake = stackNamed('Lake', 'Topic', 'Gold');
  const all = [platform, lake, trading];
  const kinds = [...KINDS, MESH];

  test.each(['Mesh', 'Mesh*'])(
    '%s stands for those of a pattern that spans several, by the outputs of all together',
    (name) => {
      const named = stacksNamed(name, all, kinds);
      expect(named).toEqual([platform, trading]);
      expect(flowKindOf(named, kinds).name).toBe('mesh');
    },
  );

  test('a name in full stands for that stack alone, the beginning of one for none', () => {
    expect(stacksNamed('Lake', all, kinds)).toEqual([lake]);
    expect(stacksNamed('La', all, kinds)).toEqual([]);
    expect(stacksNamed('Mesh', [platform], kinds)).toEqual([]);
  });

  test('one of them alone is of no pattern', () => {
    expect(() => flowKindOf([trading], kinds)).toThrow('MeshTrading: the stack has no output');
  });
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
