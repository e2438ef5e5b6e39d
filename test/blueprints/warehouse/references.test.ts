import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requireReferences } from '../../../blueprints/warehouse/references';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'dbt-references-'));
  write('models/sources.yml', 'version: 2\nsources:\n  - name: api\n    tables:\n      - name: trades\n');
  write('models/staging/stg_trades.sql', "select 1 from {{ source('api', 'trades') }}");
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(name: string, content: string): void {
  const file = join(project, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

test('what is there may be read: models, seeds, snapshots, tables of sources, models of packages', () => {
  write('seeds/venues.csv', 'venue\nXETR\n');
  write('snapshots/symbols.sql', '{% snapshot symbols_history %}select 1{% endsnapshot %}');
  const names = ["ref('stg_trades')", 'ref( "venues" )', "ref('symbols_history')", "ref('package', 'model')"];
  write('models/marts/all.sql', names.map((name) => `select 1 from {{ ${name} }}`).join('\nunion all\n'));
  expect(() => requireReferences(project)).not.toThrow();
});

test('every missing one of a file is told, with line, column and remedy', () => {
  write(
    'models/marts/fct.sql',
    [
      "select 1 from {{ ref('stg_trade') }}",
      "union all select 1 from {{ source('apo', 'trades') }}",
      "union all select 1 from {{ source('api', 'trade') }} union all select 1 from {{ source('api') }}",
    ].join('\n'),
  );
  const file = join(project, 'models', 'marts', 'fct.sql');
  expect(() => requireReferences(project)).toThrow(
    [
      `${file}:1:18: there is no model 'stg_trade'; did you mean 'stg_trades'? (use one of: fct, stg_trades)`,
      `${file}:2:28: no file of dbt/models declares the source 'apo'; did you mean 'api'? (use one of: api)`,
      `${file}:3:28: the source 'api' has no table 'trade'; did you mean 'trades'? (use one of: trades)`,
      `${file}:3:81: source('api') names no table; write source('api', '<table>')`,
    ].join('\n'),
  );
});

test('a comment of Jinja reads nothing, and moves no line', () => {
  write('models/fct.sql', "{# ref('gone')\n #}\nselect 1 from {{ ref('gone') }}");
  expect(() => requireReferences(project)).toThrow(/fct\.sql:3:18: there is no model 'gone'; use one of: /);
});

test('where packages bring models, a name may be theirs', () => {
  write('models/fct.sql', "select 1 from {{ ref('of_a_package') }}");
  write('packages.yml', 'packages: []\n');
  expect(() => requireReferences(project)).not.toThrow();
});
