import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkPlan } from '../../bin/commands/rehearse/flows/streaming/plan-check';
import { type FlinkToolchain, prepareFlink } from '../../bin/commands/rehearse/toolchain/flink';
import { prepareToolchain, type Toolchain } from '../../bin/commands/rehearse/toolchain/toolchain';
import { STREAMING_TABLES } from '../blueprints/streaming/streaming-tables';
import { seedBlocks } from './blocks';
import { readDeviations } from './deviations';

jest.setTimeout(180_000);

const BLOCK = 8;
const seed = seedBlocks().find(({ number }) => number === BLOCK)?.text ?? '';
const changes = readDeviations().filter(({ block, find }) => block === BLOCK && find !== undefined);
const edited = (without?: string) =>
  changes
    .filter(({ id }) => id !== without)
    .reduce((text, { find = '', replace = '' }) => text.replace(find, replace), seed);

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-plan-'));
let toolchain: Toolchain;
let flink: FlinkToolchain;
beforeAll(async () => {
  toolchain = await prepareToolchain();
  flink = await prepareFlink(toolchain);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Plans a script by real Flink; resolves when it can be planned. */
function plan(name: string, ...texts: string[]): Promise<void> {
  const scripts = texts.map((text, i) => {
    const file = join(folder, `${name}-${i}.sql`);
    writeFileSync(file, text);
    return [`${i}-${name}.sql`, pathToFileURL(file).href];
  });
  const variables = ['kafka.bootstrap.servers', 'kafka.security.protocol', 'consumer.group', 'transactional.id.prefix']
    .concat(
      ['trades', 'symbols', 'enriched_trades', 'trade_aggregates', 'trade_summaries', 'trades_rejected'].map(
        (t) => `topic.${t}`,
      ),
    )
    .map((variable) => [variable, 'x:9092']);
  return checkPlan(
    [
      { PropertyGroupId: 'Scripts', PropertyMap: Object.fromEntries(scripts) },
      { PropertyGroupId: 'Variables', PropertyMap: Object.fromEntries(variables) },
    ],
    flink,
    toolchain.javaHome,
    join(folder, name),
  );
}

test.each(changes.map(({ id }) => [id]))('without %s it is not', async (id) => {
  await expect(plan(id, edited(id))).rejects.toThrow(new RegExp(`0-${id}\\.sql`));
});

test('the seed’s INSERT is planned against the tables that we render, as it stands', async () => {
  await plan('ours', STREAMING_TABLES, seed.slice(seed.indexOf('INSERT INTO')));
});

test.each([
  [
    'a column that is not there',
    'INSERT INTO trade_summaries\nSELECT window_strt\nFROM trades;',
    /1-mistake\.sql:2:8: Column 'window_strt' not found/,
  ],
  [
    'a word too many',
    'INSERT INTO trade_summaries\n  SELECT SELECT;',
    /1-mistake\.sql:2:10: Incorrect syntax near the keyword 'SELECT'/,
  ],
  [
    'a table that is not there',
    'INSERT INTO trade_summaries\nSELECT * FROM traids;',
    /1-mistake\.sql:2:15: Object 'traids' not found; there are .*trade_summaries, trades, .*\.$/,
  ],
  [
    'a table to write to that is not there',
    '-- Into nowhere.\nINSERT INTO summaries\nSELECT * FROM trades;',
    /1-mistake\.sql:2:13: Object 'summaries' not found; there are .*trade_summaries, trades, .*\.$/,
  ],
  [
    'a result of other types than the table has',
    "INSERT INTO trades_rejected SELECT 'a', 'b', ARRAY['c'], received_at FROM trades_received;\n\nINSERT INTO trade_summaries\nSELECT symbol FROM trades;",
    /1-mistake\.sql:3:1: Column types of query result and sink for .*trade_summaries' do not match/,
  ],
  [
    'a variable without a value',
    "INSERT INTO trade_summaries\nSELECT '${nobody}';",
    /1-mistake\.sql:2:9: variable 'nobody' has no value/,
  ],
  ['a query that goes nowhere', 'SELECT * FROM trades;', /1-mistake\.sql:1:1: a statement that begins with 'SELECT'/],
])('%s is told with file, line and column', async (_, sql, message) => {
  await expect(plan('mistake', STREAMING_TABLES, sql)).rejects.toThrow(message);
});
