import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { join } from 'node:path';
import { TradingStreamingBatchStack } from '../../blueprints/streaming-batch/stack';
import type { Stack as ReviewedStack } from '../../bin/commands/review/assembly';
import { type Change, changesOf } from '../../bin/commands/review/changes';
import { MINOR, STATEFUL } from '../../bin/commands/review/stateful';
import { adopt } from './adopted/adopt';
import * as lakehouse from './lakehouse/synth';
import * as hybrid from './lakehouse-warehouse/synth';
import * as streaming from './streaming/synth';
import * as warehouse from './warehouse/synth';

const NAME = 'Trading';

function reviewed(stack: Stack): ReviewedStack[] {
  return [{ name: NAME, template: Template.fromStack(stack).toJSON() } as ReviewedStack];
}

/** What a deployment does to what holds data. */
function lossesOf(changes: readonly Change[]): string[] {
  return changes
    .filter(({ type }) => type in STATEFUL && !MINOR.has(type))
    .filter(({ effect }) => ['replace', 'may replace', 'delete', 'leave behind'].includes(effect))
    .map(({ logicalId, type, effect }) => `${effect} ${type} ${logicalId}`);
}

const only = {
  warehouse: reviewed(warehouse.newStack({ name: NAME })),
  lakehouse: reviewed(lakehouse.newStack({ name: NAME })),
  both: reviewed(
    hybrid.newStack({ name: NAME, warehouse: { directory: warehouse.DIRECTORY, settings: warehouse.SETTINGS } }),
  ),
};
type Resources = Record<string, { Type: string }>;
const resourcesOf = ([{ template }]: ReviewedStack[]) => template.Resources as unknown as Resources;

describe.each(['warehouse', 'lakehouse'] as const)('from %s to lakehouse and warehouse', (kind) => {
  const changes = changesOf(only[kind], only.both);

  test('nothing that holds data is replaced or deleted, and all of it keeps its id', () => {
    expect(lossesOf(changes)).toEqual([]);
    const stateful = Object.entries(resourcesOf(only[kind])).filter(
      ([, { Type }]) => Type in STATEFUL && !MINOR.has(Type),
    );
    expect(stateful.length).toBeGreaterThan(5);
    for (const [id, { Type }] of stateful) expect(resourcesOf(only.both)[id]?.Type).toBe(Type);
  });

  test('the way back takes away the other part alone', () => {
    const back = changesOf(only.both, only[kind]);
    const gone = lossesOf(back).map((line) => line.split(' ').at(-1) as string);
    expect(gone).not.toEqual([]);
    for (const id of gone) expect(resourcesOf(only[kind])).not.toHaveProperty(id);
  });
});

test('a warehouse loses nothing at all, whether it holds data or not', () => {
  const gone = changesOf(only.warehouse, only.both).filter(({ effect }) => effect === 'delete');
  expect(gone.map(({ path }) => path)).toEqual([]);
});

test('a lakehouse loses what runs under the two ids that the warehouse has, too, and no more', () => {
  const gone = changesOf(only.lakehouse, only.both).filter(({ effect }) => effect === 'delete');
  expect(gone).not.toEqual([]);
  for (const { logicalId } of gone) expect(logicalId).toMatch(/^(Pipeline|Sources|TradesBackbone.*fromTradingSources)/);
});

describe('from a lakehouse to the first domain of a mesh', () => {
  const stack = lakehouse.newStack({ name: NAME });
  adopt(stack);
  const changes = changesOf(only.lakehouse, reviewed(stack));

  test('nothing that was there is replaced or deleted; the guard of tables alone may look at one more', () => {
    expect(lossesOf(changes)).toEqual([]);
    const touched = changes.filter(({ effect }) => effect !== 'create');
    expect(touched.map(({ effect, path }) => `${effect} ${path}`)).toEqual([
      expect.stringMatching(/^in place .*IcebergTableGuardHandler/),
    ]);
  });

  test("the domain keeps its products in the lake's bucket, under the lake's key", () => {
    const types = changes.map(({ type }) => type);
    expect(types).toContain('AWS::Glue::Table');
    expect(types.filter((type) => ['AWS::S3::Bucket', 'AWS::KMS::Key'].includes(type))).toEqual([]);
  });
});

describe('to a stream with a batch path', () => {
  const sync = { mode: 'incremental_copy', schedule: 'cron(45 * * * ? *)', maxLagHours: 2 } as const;
  const paths = reviewed(
    new TradingStreamingBatchStack(lakehouse.newApp(), NAME, {
      directory: join(__dirname, '../../blueprints/streaming-batch'),
      streaming: { directory: streaming.DIRECTORY, settings: streaming.SETTINGS },
      lakehouse: { directory: lakehouse.DIRECTORY, settings: lakehouse.SETTINGS },
      warehouse: { directory: warehouse.DIRECTORY, settings: warehouse.SETTINGS },
      sync,
      reconciliation: { schedule: 'rate(1 hour)' },
    }),
  );
  const lost = (from: ReviewedStack[]) =>
    lossesOf(changesOf(from, paths)).map((line) => line.replace(/[0-9A-F]{8}$/, ''));

  test('a stream loses the lake of its own, which bronze takes the place of, and keeps log, topics and store', () => {
    const gone = lost(reviewed(streaming.newStack({ name: NAME })));
    expect(gone.map((line) => line.split(' ').at(-1))).toEqual([
      ...['ProcessingLakeBronze', 'ProcessingLakeBronzetrades', 'ProcessingLakeData', 'ProcessingLakeDataAccessLogs'],
      ...['ProcessingLakeGold', 'ProcessingLakeSilver', 'ProcessingLakeSinkApplication'],
    ]);
  });

  test.each(['lakehouse', 'both'] as const)('%s loses the brokers of its own: the stream brings others', (kind) => {
    expect(lost(only[kind])).toEqual(['delete AWS::MSK::Cluster TradesBackbone', 'delete AWS::MSK::Topic TradesTopic']);
  });
});
