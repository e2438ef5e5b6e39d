import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { addTo } from '../../../blueprints/lakehouse/blueprint';
import { loadLakehouseSettings, type LakehouseSettings } from '../../../blueprints/lakehouse/settings';
import { DIRECTORY, newApp, SETTINGS, synth } from './synth';

const PERMISSIONS = 'AWS::LakeFormation::PrincipalPermissions';

function withReaders(...readers: LakehouseSettings['lakeFormation']['readers']): Template {
  const lakeFormation = { ...SETTINGS.lakeFormation, mode: 'existing' as const, readers };
  return synth({ settings: { lakeFormation } });
}

describe('Lake Formation in the lakehouse', () => {
  test('is off by default', () => {
    const types = Object.values(synth().toJSON().Resources).map((resource) => (resource as { Type: string }).Type);
    expect(types.filter((type) => type.startsWith('AWS::LakeFormation'))).toEqual([]);
  });

  describe('in an account that uses it', () => {
    let template: Template;
    beforeAll(() => {
      const rows = "symbol = 'AAPL'";
      template = withReaders({
        role: 'analyst',
        table: 'gold.daily_trading_summary',
        columns: ['symbol', 'vwap'],
        rows,
      });
    });

    test('closes every database', () => {
      const databases = Object.values(template.findResources('AWS::Glue::Database'));
      expect(databases.map(({ Properties }) => Properties.DatabaseInput.CreateTableDefaultPermissions)).toEqual([
        [],
        [],
        [],
      ]);
    });

    test('lets a reader see columns and rows', () => {
      template.hasResourceProperties('AWS::LakeFormation::DataCellsFilter', {
        TableName: 'daily_trading_summary',
        ColumnNames: ['symbol', 'vwap'],
        RowFilter: { FilterExpression: "symbol = 'AAPL'" },
      });
    });

    test('lets every job do what IAM lets it do', () => {
      const permitted = Object.values(template.findResources(PERMISSIONS)).map(({ Properties }) => ({
        principal: JSON.stringify(Properties.Principal.DataLakePrincipalIdentifier),
        permission: Properties.Permissions[0],
        table: Properties.Resource.Table?.Name,
      }));
      const of = (role: string) => permitted.filter(({ principal, table }) => principal.includes(role) && table);
      expect(of('"IngestionRole').map(({ permission }) => permission)).toEqual(
        expect.arrayContaining(['ALTER', 'INSERT']),
      );
      expect(of('"SilverRole').map(({ permission }) => permission)).toEqual(
        expect.arrayContaining(['SELECT', 'ALTER']),
      );
      expect(of('"GoldRole').map(({ permission }) => permission)).toEqual(expect.arrayContaining(['SELECT', 'ALTER']));
    });

    test('names its tags after the lakehouse', () => {
      const tags = Object.values(template.findResources('AWS::LakeFormation::Tag'));
      expect(tags.map(({ Properties }) => Properties.TagKey).sort()).toEqual([
        'trading-domain',
        'trading-layer',
        'trading-sensitivity',
      ]);
    });
  });

  test('refuses a reader of a column that is not there', () => {
    expect(() => withReaders({ role: 'analyst', table: 'silver.trades', columns: ['colour'] })).toThrow('colour');
  });
});

describe('blueprint.yaml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'governance-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function settings(lines: string): LakehouseSettings['lakeFormation'] {
    writeFileSync(join(folder, 'blueprint.yaml'), `name: trading\nlake_formation:\n${lines}`);
    return loadLakehouseSettings(folder).settings.lakeFormation;
  }

  test('says who may read what', () => {
    const reader = '{ role: analyst, table: silver.trades, excluded_columns: [quantity], rows: "symbol = \'A\'" }';
    expect(settings(`  mode: existing\n  readers:\n    - ${reader}\n`)).toEqual({
      mode: 'existing',
      domain: 'trading',
      readers: [{ role: 'analyst', table: 'silver.trades', excludedColumns: ['quantity'], rows: "symbol = 'A'" }],
    });
  });

  test('is refused with the line of an unknown mode', () => {
    expect(() => settings('  mode: on\n')).toThrow(/blueprint\.yaml:3:3: 'lake_formation\.mode' is 'on'/);
  });

  test('is refused with the line of an unknown table', () => {
    expect(() => settings('  readers:\n    - role: analyst\n      table: silver.trade\n')).toThrow(
      /blueprint\.yaml:5:7: .*did you mean 'silver\.trades'/,
    );
  });

  test('is refused with the line of a reader without a role', () => {
    expect(() => settings('  readers:\n    - table: silver.trades\n')).toThrow(/blueprint\.yaml:4:.*lacks 'role'/);
  });
});

test('bootstrap adds a stack that stays, before the lakehouse', () => {
  const folder = mkdtempSync(join(tmpdir(), 'governance-'));
  const app = newApp();
  const yaml = readFileSync(join(DIRECTORY, 'blueprint.yaml'), 'utf8').replace('mode: off', 'mode: bootstrap');
  writeFileSync(join(folder, 'blueprint.yaml'), yaml);
  for (const name of ['schemas.lock.json', 'sql']) symlinkSync(join(DIRECTORY, name), join(folder, name));
  addTo(app, folder);
  rmSync(folder, { recursive: true });
  const assembly = app.synth();
  const lake = assembly.getStackByName('TradingLakehouseStack');
  expect(lake.dependencies.map(({ id }) => id)).toContain('LakeFormationStack');
  const { Resources } = assembly.getStackByName('LakeFormationStack').template;
  expect(Object.values(Resources)).toEqual([
    expect.objectContaining({ Type: 'AWS::LakeFormation::DataLakeSettings', DeletionPolicy: 'Retain' }),
  ]);
});
