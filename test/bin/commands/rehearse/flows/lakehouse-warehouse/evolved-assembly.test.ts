import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { evolvedAssembly } from '../../../../../../bin/commands/rehearse/flows/lakehouse-warehouse/evolved-assembly';

const [DBT, BOARDS, RECORD] = ['d', 'b', 'c'].map((digit) => digit.repeat(64));
const PROJECTS = { dbt: DBT, dashboards: BOARDS };
const CODES = JSON.stringify({ type: 'list', 'element-id': 8, element: 'string', 'element-required': false });

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** An assembly with a table of judged trades, its guard and job, and the two projects. */
function assembly(...columns: string[]): string {
  const made = join(folder, 'cdk.out');
  mkdirSync(join(made, `asset.${DBT}`, 'models', 'marts'), { recursive: true });
  mkdirSync(join(made, `asset.${BOARDS}`));
  writeFileSync(join(made, `asset.${BOARDS}`, 'volume.yaml'), 'title: Volume\ncards:\n  - title: Turnover\n');
  writeFileSync(join(made, `asset.${RECORD}.json`), JSON.stringify({ fields: [{ name: 'trade_id' }] }));
  const names = ['trade_id', ...columns, 'is_valid'];
  const fields = names.map((Name, index) => ({ Id: index + 1, Name, Type: 'string', Required: false }));
  const guarded = fields.map(({ Id, Name }) => ({ id: Id, name: Name, required: false, type: 'string' }));
  const url = (digest: string, type: string) => ({ 'Fn::Sub': `s3://assets/${digest}.${type}` });
  const Resources = {
    Silver: {
      Type: 'AWS::Glue::Table',
      Properties: {
        DatabaseName: { Ref: 'Db' },
        Name: 'trades',
        OpenTableFormatInput: {
          IcebergInput: {
            IcebergTableInput: {
              Schema: { Fields: [...fields, { Id: 7, Name: 'validation_errors', Type: CODES, Required: false }] },
            },
          },
        },
      },
    },
    Guard: {
      Type: 'Custom::IcebergTableGuard',
      Properties: {
        DatabaseName: { Ref: 'Db' },
        TableName: 'trades',
        Table: { 'Fn::Join': ['', [`{"location":"s3://`, { Ref: 'Data' }, `","fields":${JSON.stringify(guarded)}}`]] },
      },
    },
    Job: { Type: 'AWS::Glue::Job', Properties: { DefaultArguments: { '--record': url(RECORD, 'json') } } },
    Models: { Type: 'AWS::ECS::TaskDefinition', Properties: { Value: url(DBT, 'zip') } },
    Boards: { Type: 'AWS::ECS::TaskDefinition', Properties: { Value: url(BOARDS, 'zip') } },
  };
  writeFileSync(join(made, 'Mine.template.json'), JSON.stringify({ Resources }));
  writeFileSync(join(made, 'Mine.assets.json'), JSON.stringify({ files: [DBT, BOARDS, RECORD] }));
  writeFileSync(join(made, 'manifest.json'), '{}');
  return made;
}

test('an optional column goes into table, guard and record, with an id that nothing has had', () => {
  const evolved = evolvedAssembly(assembly(), 'Mine', join(folder, 'evolved'), PROJECTS);
  expect(evolved).toMatchObject({ column: 'venue', mart: 'marts.fct_trades_by_venue', card: 'Trades by venue' });
  const text = readFileSync(join(folder, 'evolved', 'Mine.template.json'), 'utf8');
  const { Silver, Guard } = (JSON.parse(text) as { Resources: { [id: string]: { Properties: object } } }).Resources;
  const names = [...JSON.stringify(Silver).matchAll(/"Name":"(\w+)"/g)].map(([, name]) => name);
  expect(names).toEqual(['trades', 'trade_id', 'venue', 'is_valid', 'validation_errors']);
  expect(JSON.stringify(Silver)).toContain('{"Id":9,"Name":"venue","Required":false,"Type":"string"}');
  expect(JSON.stringify(Guard)).toMatch(/\\"id\\":9,\\"name\\":\\"venue\\".*\\"name\\":\\"is_valid\\"/);
  const [record] = readdirSync(join(folder, 'evolved')).filter((name) => /^asset\.[^c].*json$/.test(name));
  expect(readFileSync(join(folder, 'evolved', record), 'utf8')).toContain('"wire":"venue"');
  expect(text).toContain(record.replace('asset.', ''));
});

test('dbt gets a model and the dashboard a card, in assets of their own', () => {
  evolvedAssembly(assembly(), 'Mine', join(folder, 'evolved'), PROJECTS);
  const text = readFileSync(join(folder, 'evolved', 'Mine.template.json'), 'utf8');
  const assets = readFileSync(join(folder, 'evolved', 'Mine.assets.json'), 'utf8');
  for (const digest of [DBT, BOARDS, RECORD]) expect(text + assets).not.toContain(digest);
  const added = readdirSync(join(folder, 'evolved'), { recursive: true, encoding: 'utf8' });
  expect(added.filter((name) => name.endsWith('fct_trades_by_venue.sql'))).toHaveLength(1);
  const boards = added.filter((name) => name.endsWith('volume.yaml')).map((name) => join(folder, 'evolved', name));
  expect(boards.map((file) => readFileSync(file, 'utf8').includes('title: Trades by venue')).sort()).toEqual([
    false,
    true,
  ]);
});

test('a column that silver has is not added again, and one that has all of them gets none', () => {
  const next = evolvedAssembly(assembly('venue'), 'Mine', join(folder, 'evolved'), PROJECTS);
  expect(next?.column).toBe('trader_id');
  rmSync(join(folder, 'cdk.out'), { recursive: true });
  const all = assembly('venue', 'trader_id', 'side');
  expect(evolvedAssembly(all, 'Mine', join(folder, 'none'), PROJECTS)).toBeUndefined();
});
