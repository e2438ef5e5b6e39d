import { existsSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { dbtSources } from '../../../blueprints/warehouse/dbt-sources';

const FILE = join(__dirname, '..', '..', '..', 'blueprints', 'warehouse', 'dbt', 'models', 'sources.yml');

test('the sources of dbt are those that the records say', () => {
  if (process.env.UPDATE === '1' || !existsSync(FILE)) {
    writeFileSync(FILE, dbtSources());
  }
  expect(readFileSync(FILE, 'utf8')).toBe(dbtSources());
});
