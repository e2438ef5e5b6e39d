import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Column, ColumnType } from '../../../../lib/schema';
import { declaredTable } from '../../../../lib/schema/private/declaration';
import { SILVER } from '../../../lib/schema/tables';
import { COLUMNS, LEDGER, enterProject, leaveProject, project, run, table } from './schema-project';

let folder: string;

beforeEach(() => {
  folder = enterProject();
});

afterEach(leaveProject);

const ledgerText = () => readFileSync(LEDGER, 'utf8');

describe('schema lock', () => {
  test('writes a ledger that check then finds current', async () => {
    project([SILVER]);
    expect(await run('lock')).toEqual({
      status: 0,
      stdout: `${LEDGER}: silver.trades: added trade_id, symbol, price, quantity, traded_at, is_valid, validation_errors, validation_errors.element, partition traded_at_day\n${LEDGER}: written, 1 table(s)\n`,
      stderr: '',
    });
    expect(await run('check')).toEqual({ status: 0, stdout: `${LEDGER}: current, 1 table(s)\n`, stderr: '' });
  });

  test('writes the same bytes again, and leaves nothing else behind', async () => {
    project([table(COLUMNS), SILVER]);
    await run('lock');
    const first = ledgerText();
    project([SILVER, table(COLUMNS)]);
    rmSync(LEDGER);
    await run('lock');
    expect(ledgerText()).toBe(first);
    expect(readdirSync('.').sort()).toEqual(['cdk.json', 'manifest.json', LEDGER]);
  });

  test('refuses a type change with table, column and remedy, and leaves the file', async () => {
    project([table(COLUMNS)]);
    await run('lock');
    const before = ledgerText();
    project([table([COLUMNS[0] as Column, { name: 'price', type: ColumnType.INT }]), SILVER]);
    const { status, stdout } = await run('lock');
    expect(status).toBe(1);
    expect(stdout).toBe(
      `${LEDGER}: silver.t: column 'price' (id 2) changes from decimal(18, 8) to int, and Iceberg cannot read the old files with it; put decimal(18, 8) back and add a new column, or give up the old values for good: npx data-patterns schema lock --allow-drop silver.t.price. [change-type]\n`,
    );
    expect(ledgerText()).toBe(before);
  });

  test('drops a column only with leave, and retires its id', async () => {
    project([table(COLUMNS)]);
    await run('lock');
    project([table(COLUMNS.slice(0, 1))]);
    expect((await run('lock')).status).toBe(1);
    expect(await run('lock', '--allow-drop', 'silver.t.price')).toMatchObject({
      status: 0,
      stdout: `${LEDGER}: silver.t: retired price\n${LEDGER}: written, 1 table(s)\n`,
    });
    expect(ledgerText()).toContain('"retiredColumns": [\n        { "id": 2, "path": "price"');
  });

  test('keeps the ids of a table that is no longer declared', async () => {
    project([table(COLUMNS), SILVER]);
    await run('lock');
    const before = ledgerText();
    project([SILVER]);
    const { status, stdout } = await run('lock');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `${LEDGER}: silver.t: no longer declared; its ids are kept\n${LEDGER}: current, 1 table(s)\n`,
    });
    expect(ledgerText()).toBe(before);
  });

  test('takes one table from two stacks that agree', async () => {
    project([SILVER, SILVER]);
    expect((await run('lock')).status).toBe(0);
  });

  test('refuses one table from two stacks that do not agree', async () => {
    project([table(COLUMNS), table(COLUMNS.slice(0, 1))]);
    const { status, stdout } = await run('lock');
    expect(status).toBe(1);
    expect(stdout).toContain('silver.t: /S/T0 and /S/T1 declare it differently; make them alike');
    expect(existsSync(LEDGER)).toBe(false);
  });

  test('reports as JSON', async () => {
    project([table(COLUMNS)]);
    const { stdout } = await run('lock', '--json');
    expect(JSON.parse(stdout)).toEqual({
      command: 'lock',
      ok: true,
      ledgers: [
        {
          file: LEDGER,
          written: true,
          tables: [{ table: 'silver.t', added: ['id', 'price'], retired: [], changed: [], problems: [] }],
          undeclared: [],
        },
      ],
    });
  });
});

describe('schema check', () => {
  test('names what is not locked yet, and writes nothing', async () => {
    project([table(COLUMNS)]);
    expect(await run('check')).toEqual({
      status: 1,
      stdout: `${LEDGER}: silver.t: has no ids yet; run 'npx data-patterns schema lock' and commit the file. [not-locked]\n`,
      stderr: '',
    });
    expect(existsSync(LEDGER)).toBe(false);
  });

  test('names every new column', async () => {
    project([table(COLUMNS.slice(0, 1))]);
    await run('lock');
    project([table([...COLUMNS, { name: 'venue', type: ColumnType.STRING }])]);
    const { status, stdout } = await run('check');
    expect(status).toBe(1);
    expect(stdout.match(/column '(\w+)' is new/g)).toEqual(["column 'price' is new", "column 'venue' is new"]);
  });

  test('reports as JSON', async () => {
    project([table(COLUMNS)]);
    const { stdout } = await run('check', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'check',
      ok: false,
      ledgers: [
        {
          written: false,
          tables: [{ problems: [{ rule: 'not-locked', subject: 'silver.t', message: 'has no ids yet' }] }],
        },
      ],
    });
  });
});

describe('input that cannot be used is one line, exit status 2 and no file:', () => {
  async function expectRefusal(message: string | RegExp, ...args: string[]): Promise<void> {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      typeof message === 'string' ? message : expect.stringMatching(message),
    ]);
    expect(existsSync(LEDGER)).toBe(false);
  }

  test('no cdk.json', async () => {
    await expectRefusal(
      `cdk.json: is not in ${folder}; run this in a CDK project, or name the app with --app.`,
      'lock',
    );
  });

  test('a cdk.json that is not JSON', async () => {
    writeFileSync('cdk.json', '{\n  "app": "true",\n}\n');
    await expectRefusal('cdk.json:3: is not valid JSON; mend it.', 'lock');
  });

  test('a cdk.json without app', async () => {
    writeFileSync('cdk.json', '{}');
    await expectRefusal('cdk.json: has no "app"; add one, or name the app with --app.', 'check');
  });

  test('a cdk.json whose app is a list', async () => {
    writeFileSync('cdk.json', '{"app": ["node"]}');
    await expectRefusal('cdk.json: "app" is ["node"], not a command; make it one line of text.', 'check');
  });

  test('an app that throws', async () => {
    const app = `node -e "throw new TypeError('price is gone')"`;
    await expectRefusal(/^--app \(node .*\) ended with exit status 1: TypeError: price is gone$/, 'lock', '--app', app);
  });

  test('an app that reports its error within a line, stack behind it', async () => {
    const app = `printf "blueprint 'x' is left out: Error: no runner\\n    at x (app.js:1:2)\\n"; exit 2`;
    writeFileSync('cdk.json', JSON.stringify({ app }));
    await expectRefusal(/ ended with exit status 2: blueprint 'x' is left out: Error: no runner$/, 'lock');
  });

  test('a build that fails, before the app runs', async () => {
    writeFileSync('cdk.json', '{"build": "echo src/app.ts is broken >&2; exit 3", "app": "touch ran"}');
    await expectRefusal(
      "cdk.json: 'build' (echo src/app.ts is broken >&2; exit 3) ended with exit status 3: src/app.ts is broken",
      'lock',
    );
    expect(existsSync('ran')).toBe(false);
  });

  test('an app that leaves no cloud assembly', async () => {
    await expectRefusal(/^--app ended well but left no cloud assembly;/, 'lock', '--app', 'true');
  });

  test('an app without Iceberg tables', async () => {
    project([]);
    await expectRefusal(/^cdk.json: 'app' declares no Iceberg table;/, 'lock');
  });

  test('a declaration in another form', async () => {
    project([SILVER]);
    writeFileSync('manifest.json', readFileSync('manifest.json', 'utf8').replaceAll('"columns"', '"fields"'));
    await expectRefusal(/^\/S\/T0: declares its table in another release's form;/, 'lock');
  });

  test('leave to drop a column of no table', async () => {
    project([SILVER]);
    await expectRefusal(
      '--allow-drop trades.price: names no declared table and column; write TABLE.COLUMN with a table of: silver.trades.',
      'lock',
      '--allow-drop',
      'trades.price',
    );
  });

  test('leave to drop a column that the ledger does not have', async () => {
    project([SILVER]);
    await expectRefusal(
      /^--allow-drop silver\.trades\.pricee: schemas\.lock\.json has no such column;/,
      'lock',
      '--allow-drop',
      'silver.trades.pricee',
    );
  });

  test('a ledger in a folder that does not exist', async () => {
    project([SILVER], 'none/schemas.lock.json');
    await expectRefusal(/^none\/schemas\.lock\.json: cannot be written \(ENOENT/, 'lock');
  });
});

test('leave to drop a column that is still declared is refused, and the file stays', async () => {
  project([SILVER]);
  await run('lock');
  const before = ledgerText();
  const { status, stderr } = await run('lock', '--allow-drop', 'silver.trades.price');
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr:
      '--allow-drop silver.trades.price: the column is still declared; remove it from the code first, or leave the option out.\n',
  });
  expect(ledgerText()).toBe(before);
});

test('a ledger with a merge conflict is refused with its line, and stays', async () => {
  project([SILVER]);
  await run('lock');
  const broken = ledgerText().replace('      "columns"', '<<<<<<< HEAD\n      "columns"');
  writeFileSync(LEDGER, broken);
  const { status, stderr } = await run('lock');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^schemas\.lock\.json:10: has an unresolved merge conflict; .*\n$/);
  expect(ledgerText()).toBe(broken);
});

test('an input error is JSON too where that was asked for', async () => {
  const { status, stdout } = await run('check', '--json');
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    command: 'check',
    ok: false,
    error: expect.stringContaining('cdk.json: is not in'),
  });
});

test('of two ledgers neither is written when one cannot be', async () => {
  project([table(COLUMNS)]);
  const first = JSON.parse(readFileSync('manifest.json', 'utf8'));
  project([SILVER], 'missing/schemas.lock.json');
  const second = JSON.parse(readFileSync('manifest.json', 'utf8'));
  writeFileSync('manifest.json', JSON.stringify({ artifacts: { A: first.artifacts.S, B: second.artifacts.S } }));
  expect((await run('lock')).status).toBe(2);
  expect(readdirSync('.').sort()).toEqual(['cdk.json', 'manifest.json']);
});

test('a real CDK app declares from stacks and stages, with its own context kept', async () => {
  const shared = declaredTable(SILVER, LEDGER);
  const other = declaredTable(table(COLUMNS), 'other.lock.json');
  writeFileSync(
    'tables.json',
    JSON.stringify([
      { scope: 'stack', data: shared },
      { scope: 'stage', data: shared },
      { scope: 'stage', data: other },
    ]),
  );
  writeFileSync('cdk.context.json', JSON.stringify({ own: 'overridden' }));
  writeFileSync(
    'cdk.json',
    JSON.stringify({ app: `node "${join(__dirname, 'fixtures', 'app.js')}"`, context: { own: 'kept' } }),
  );
  const { status, stdout } = await run('lock', '--json');
  expect(status).toBe(0);
  expect(
    JSON.parse(stdout).ledgers.map(({ file, tables }: { file: string; tables: { table: string }[] }) => [
      file,
      tables.map((each) => each.table),
    ]),
  ).toEqual([
    ['other.lock.json', ['silver.t']],
    [LEDGER, ['silver.trades']],
  ]);
});
