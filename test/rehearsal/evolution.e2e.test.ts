import { writeFileSync } from 'fs';
import { join } from 'path';
import { generateTrades } from '../../blueprints/trading/generator';
import { pipelineJobs, runJob, runPipeline } from '../../bin/commands/rehearse/jobs';
import { writeTrades } from '../../bin/commands/rehearse/trades';
import { EmulatedAccount, type Outputs } from './emulated-account';
import { LakehouseProject } from './lakehouse-project';
import { SparkConsole } from './spark-console';

const MINUTE = 60_000;
jest.setTimeout(5 * MINUTE);
const STACK = 'TradingLakehouseStack';
const FACTS = 'count(*), sum(price), sum(quantity), count(DISTINCT trade_id)';

let project: LakehouseProject;
let account: EmulatedAccount;
let spark: SparkConsole;
let outputs: Outputs;
/** Facts about silver's rows before the table was evolved, and the snapshot that has them. */
let before: (string | null)[];
let snapshot: string;
let moment: string;

const deploy = async (): Promise<Outputs> => account.deploy(project.folder, STACK);
const refusedDeployment = async (): Promise<string> =>
  deploy().then(
    () => 'deployed',
    (error: Error) => error.message,
  );

/** What silver has: by Spark, and by the engine behind Athena. */
async function facts(suffix = '', where = ''): Promise<(string | null)[][]> {
  const [bySpark] = await spark.sql(`SELECT ${FACTS} FROM silver.trades${suffix} ${where}`);
  const [byDuckDb] = await account.athena(`SELECT ${FACTS} FROM silver.trades${suffix.replace(' ', ' FOR ')} ${where}`);
  return [bySpark, byDuckDb];
}

async function ingest(lines: string): Promise<void> {
  const file = join(account.folder, 'more.jsonl');
  writeFileSync(file, lines);
  await account.send(file, outputs.TradesTopicName);
  expect(await runJob(account.operator, outputs.BronzeJobName)).toMatchObject({ state: 'SUCCEEDED' });
}

// A lakehouse with trades in all three layers.
beforeAll(async () => {
  project = new LakehouseProject();
  account = await EmulatedAccount.start(project.folder);
  outputs = await deploy();
  const trades = join(account.folder, 'trades.jsonl');
  await writeTrades(generateTrades({ rows: 1000, seed: 7 }), trades);
  await account.send(trades, outputs.TradesTopicName);
  expect(await runJob(account.operator, outputs.BronzeJobName)).toMatchObject({ state: 'SUCCEEDED' });
  expect(await runPipeline(account.operator, outputs.PipelineArn, {}, () => undefined)).toMatchObject({
    state: 'SUCCEEDED',
  });
  spark = SparkConsole.start(account.toolchain, account.emulator, account.folder);
  [before] = await spark.sql(`SELECT ${FACTS} FROM silver.trades`);
  [[snapshot, moment]] = (await spark.sql(
    'SELECT snapshot_id, committed_at FROM silver.trades.snapshots ORDER BY committed_at DESC LIMIT 1',
  )) as string[][];
}, 20 * MINUTE);

afterAll(async () => {
  await spark?.stop();
  await account?.stop();
  project?.remove();
}, MINUTE);

describe('a legal evolution', () => {
  beforeAll(async () => {
    project.edit('blueprint.yaml', 'extensions: []', 'extensions: [venue]');
    project.edit(
      'lib/schemas.ts',
      "{ name: 'total_volume', type: AMOUNT",
      "{ name: 'total_volume', type: ColumnType.decimal(28, 8)",
    );
    project.edit(
      'lib/schemas.ts',
      "[PartitionTransform.day('traded_at')]",
      "[PartitionTransform.day('traded_at'), PartitionTransform.bucket('symbol', 4)]",
    );
    expect(project.lock()).toMatchObject({ status: 0 });
    await deploy();
    await ingest(
      ['A', 'B']
        .map((id) => ({
          ...{ trade_id: `later-${id}`, symbol: 'BTC-USD', price: '1.5', quantity: '9999999999' },
          ...{ timestamp: '2026-01-05T00:00:00Z', venue: 'XNYS' },
        }))
        .map((trade) => `${JSON.stringify(trade)}\n`)
        .join(''),
    );
    const jobs = await pipelineJobs(account.operator, outputs.PipelineArn);
    const silver = [...jobs].filter(([, state]) => state === 'Silver').map(([job]) => job);
    expect(await runJob(account.operator, silver[0])).toMatchObject({ state: 'SUCCEEDED' });
    await spark.sql('REFRESH TABLE silver.trades');
    await spark.sql('REFRESH TABLE gold.daily_trading_summary');
  }, 10 * MINUTE);

  test('is deployed over the data', async () => {
    expect(await account.stackStatus(STACK)).toBe('UPDATE_COMPLETE');
    const types = await spark.sql('SELECT typeof(venue), typeof(price) FROM silver.trades LIMIT 1');
    expect(types).toEqual([['string', 'decimal(18,8)']]);
  });

  test('leaves every old row as it was, for Spark and for DuckDB', async () => {
    const [bySpark, byDuckDb] = await facts('', "WHERE trade_id NOT LIKE 'later-%' OR trade_id IS NULL");
    expect(bySpark).toEqual(before);
    expect(byDuckDb).toEqual(before);
    expect(await spark.value("SELECT count(venue) FROM silver.trades WHERE trade_id NOT LIKE 'later-%'")).toBe('0');
  });

  test('lets the deployed jobs fill the added column', async () => {
    const later = "SELECT trade_id, venue FROM silver.trades WHERE trade_id LIKE 'later-%' ORDER BY trade_id";
    const rows = [
      ['later-A', 'XNYS'],
      ['later-B', 'XNYS'],
    ];
    expect(await spark.sql(later)).toEqual(rows);
    expect(await account.athena(later)).toEqual(rows);
  });

  test('lets the widened column take what it could not hold, and keeps what it held', async () => {
    const volumes = 'SELECT sum(total_volume), count(*) FROM gold.daily_trading_summary';
    const [[sum, count]] = await spark.sql(volumes);
    const row =
      "DATE '2026-01-06', 'BTC-USD', CAST('1000000000000.5' AS DECIMAL(28, 8)), CAST(1.5 AS DECIMAL(18, 8)), 1L";
    await spark.sql(`INSERT INTO gold.daily_trading_summary SELECT ${row}`);
    const expected = [
      [(BigInt(String(sum).replace('.', '')) + 100000000000050000000n).toString(), String(Number(count) + 1)],
    ];
    const digits = (rows: (string | null)[][]) => rows.map(([total, rest]) => [String(total).replace('.', ''), rest]);
    expect(digits(await spark.sql(volumes))).toEqual(expected);
    expect(digits(await account.athena(volumes))).toEqual(expected);
  });

  test('puts new files into partitions by both fields and leaves the old ones where they are', async () => {
    const specs = await spark.sql(
      'SELECT spec_id, count(*) > 0 FROM silver.trades.files GROUP BY spec_id ORDER BY spec_id',
    );
    expect(specs.map(([spec]) => spec)).toContain('1');
  });
});

describe('time travel', () => {
  test('by version gives the older rows, which are fewer', async () => {
    const now = await facts();
    const then = await facts(` VERSION AS OF ${snapshot}`);
    expect(then[0]).toEqual(before);
    expect(then[1]).toEqual(before);
    expect(Number(now[0][0])).toBe(Number(before[0]) + 2);
  });

  test('by timestamp gives them, too', async () => {
    const [bySpark] = await spark.sql(`SELECT ${FACTS} FROM silver.trades TIMESTAMP AS OF '${moment}'`);
    expect(bySpark).toEqual(before);
    const [byDuckDb] = await account.athena(
      `SELECT ${FACTS} FROM silver.trades FOR TIMESTAMP AS OF TIMESTAMP '${moment} UTC'`,
    );
    expect(byDuckDb).toEqual(before);
  });
});

describe('an illegal change', () => {
  const rounded = ["{ name: 'price', type: AMOUNT", "{ name: 'price', type: ColumnType.decimal(18, 4)"] as const;
  let metadata: string | undefined;
  let rows: (string | null)[][];
  let ledger: string;

  beforeAll(async () => {
    metadata = await account.metadataLocation('silver.trades');
    rows = await facts();
    ledger = project.read('schemas.lock.json');
    project.edit('lib/schemas.ts', ...rounded);
  });

  test('is refused by the ledger, which stays as it was', () => {
    const { status, output } = project.lock();
    expect(status).toBe(1);
    expect(output).toMatch(/silver\.trades: column 'price'/);
    expect(project.read('schemas.lock.json')).toBe(ledger);
  });

  test('is refused by the guard when the ledger is bypassed, by writing a new one', async () => {
    project.delete('schemas.lock.json');
    expect(project.lock()).toMatchObject({ status: 0 });
    expect(await refusedDeployment()).toContain(
      "silver.trades: column 'price' (id 3) changes from decimal(18, 8) to decimal(18, 4)",
    );
  });

  test('is taken back, and never reached a table', async () => {
    expect(await account.stackStatus(STACK)).toBe('UPDATE_ROLLBACK_COMPLETE');
    const types = (await account.failures(STACK)).map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(['Custom::IcebergTableGuard']));
  });

  test('leaves the table unharmed', async () => {
    expect(await account.metadataLocation('silver.trades')).toBe(metadata);
    expect(await facts()).toEqual(rows);
  });

  afterAll(() => {
    project.edit('lib/schemas.ts', rounded[1], rounded[0]);
    project.write('schemas.lock.json', ledger);
  });
});

describe('maintenance', () => {
  const compact = async () =>
    spark.sql(
      "CALL glue_catalog.system.rewrite_data_files(table => 'silver.trades', options => map('rewrite-all', 'true'))",
    );

  test('by compaction and snapshot expiry leaves fewer files and the same rows', async () => {
    // First into the partitions of the new spec, which are more than those of the old; then small files in one of them.
    await compact();
    for (const id of ['small-1', 'small-2', 'small-3']) {
      await spark.sql(
        `INSERT INTO silver.trades (trade_id, symbol, price, quantity, traded_at, venue, is_valid, validation_errors)
         VALUES ('${id}', 'BTC-USD', 1, 1, TIMESTAMP '2026-01-05 00:00:00', 'XNYS', TRUE, array())`,
      );
    }
    const rows = await facts();
    const dataFiles = () => account.objects(outputs.LakeBucketName, 'silver/trades/data/');
    const filesBefore = await spark.value('SELECT count(*) FROM silver.trades.files');
    const objectsBefore = await dataFiles();
    await compact();
    expect(await facts()).toEqual(rows);
    const now = new Date().toISOString().replace('T', ' ').replace('Z', '');
    await spark.sql(
      `CALL glue_catalog.system.expire_snapshots(table => 'silver.trades', older_than => TIMESTAMP '${now}', retain_last => 1)`,
    );
    await spark.sql('REFRESH TABLE silver.trades');
    expect(await facts()).toEqual(rows);
    expect(Number(await spark.value('SELECT count(*) FROM silver.trades.files'))).toBeLessThan(Number(filesBefore));
    expect((await dataFiles()).length).toBeLessThan(objectsBefore.length);
    await expect(spark.sql(`SELECT * FROM silver.trades VERSION AS OF ${snapshot}`)).rejects.toThrow(/snapshot/i);
  });
});

describe("a writer's own ALTER TABLE", () => {
  const columns = async () => (await spark.sql('DESCRIBE silver.trades')).map(([name]) => name);
  const comment = ["doc: 'What was traded'", "doc: 'The symbol that was traded'"] as const;

  beforeAll(async () => {
    await spark.sql('ALTER TABLE silver.trades ADD COLUMN note STRING');
    await spark.sql("UPDATE silver.trades SET note = 'kept' WHERE trade_id = 'later-A'");
    project.edit('lib/schemas.ts', ...comment);
  });

  test('is noticed by the next deployment, which says what to do', async () => {
    expect(await refusedDeployment()).toMatch(
      /silver\.trades: column 'note' \(id 10\) was added to the table by a writer, and this deployment would drop it; take it over with 'npx data-patterns schema adopt silver\.trades'/,
    );
    expect(await account.stackStatus(STACK)).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  test('is not undone', async () => {
    await spark.sql('REFRESH TABLE silver.trades');
    expect(await columns()).toContain('note');
    expect(await spark.value("SELECT note FROM silver.trades WHERE trade_id = 'later-A'")).toBe('kept');
  });

  test('stands in nobody’s way once the writer has taken it back', async () => {
    await spark.sql('ALTER TABLE silver.trades DROP COLUMN note');
    await deploy();
    expect(await account.stackStatus(STACK)).toBe('UPDATE_COMPLETE');
  });
});
