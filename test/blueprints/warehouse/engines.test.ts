import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { parse } from 'yaml';
import sourceSchema from '../../../blueprints/warehouse/source.schema.json';
import { loadWarehouseSettings } from '../../../blueprints/warehouse/settings';
import { packageFile } from '../../../lib/foundation/private/package-assets';
import { TaskPlatform } from '../../../lib/warehouse';
import { DIRECTORY, synth } from './synth';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:warehouse-AbCdEf';
const CONNECTIONS = {
  snowflake: 'account: acme-trading, virtual_warehouse: LOADING',
  bigquery: 'project: acme-trading, location: EU',
  databricks: 'host: dbc-0123.cloud.databricks.com, http_path: /sql/1.0/warehouses/0123abcd',
};
type Engine = keyof typeof CONNECTIONS;
const ENGINES = Object.keys(CONNECTIONS) as Engine[];

const folder = mkdtempSync(join(tmpdir(), 'warehouse-engines-'));
beforeAll(() => cpSync(DIRECTORY, folder, { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = readFileSync(join(DIRECTORY, 'blueprint.yaml'), 'utf8');

/** The settings of the blueprint's own file with another engine. */
function load(engine: string, connection: string, bi = 'none') {
  const text = written
    .replace('engine: redshift', `engine: ${engine}\n  connection: { ${connection} }`)
    .replace('service: metabase', `service: ${bi}`);
  writeFileSync(join(folder, 'blueprint.yaml'), text);
  return loadWarehouseSettings(folder).settings;
}

test.each(ENGINES)('engine: %s is another warehouse for the same sources and models', (engine) => {
  const template = synth({ settings: load(engine, `${CONNECTIONS[engine]}, secret_arn: '${SECRET}'`) });
  template.resourceCountIs('AWS::RedshiftServerless::Workgroup', 0);
  template.hasResourceProperties('AWS::CodeBuild::Project', {
    Source: { BuildSpec: Match.stringLikeRegexp(`--build-arg 'ENGINE=${engine}'`) },
  });
  const tasks = Object.values(template.findResources('AWS::ECS::TaskDefinition')).map(({ Properties }) =>
    JSON.stringify(Properties.ContainerDefinitions[0].Environment),
  );
  // Three sources and the models.
  expect(tasks).toHaveLength(4);
  for (const environment of tasks) {
    expect(environment).toContain(`{"Name":"WAREHOUSE_ENGINE","Value":"${engine}"}`);
    expect(environment).toContain(`{"Name":"WAREHOUSE_SECRET_ARN","Value":"${SECRET}"}`);
  }
});

test.each(ENGINES)('%s has its clients in a lock file, with hashes, and its output in dbt’s profile', (engine) => {
  const lock = packageFile(`lib/warehouse/runtime/task/requirements-${engine}.txt`);
  expect(existsSync(lock)).toBe(true);
  expect(readFileSync(lock, 'utf8')).toMatch(new RegExp(`^dbt-${engine}==[0-9.]+ \\\\\n    --hash=sha256:`, 'm'));
  const profile = parse(readFileSync(join(DIRECTORY, 'dbt/profiles.yml'), 'utf8')) as {
    trading_warehouse: { outputs: Record<string, { type: string }> };
  };
  expect(profile.trading_warehouse.outputs[engine].type).toBe(engine);
});

test.each<[string, string, string, RegExp]>([
  [
    'snowflake',
    'account: acme',
    'none',
    /yaml:\d+:\d+: 'snowflake' wants 'virtual_warehouse', 'secret_arn' in 'warehouse/,
  ],
  ['redshift', 'location: EU', 'none', /yaml:\d+:\d+: 'redshift' has no use for location; leave it out/],
  ['databricks', 'host: https://dbc', 'none', /write the workspace's host name alone, without https:/],
  [
    'bigquery',
    `${CONNECTIONS.bigquery}, secret_arn: '${SECRET}'`,
    'metabase',
    /ask Redshift, not 'bigquery'; write 'service: none'/,
  ],
])('engine: %s with %s and bi %s is refused with the remedy', (engine, connection, bi, sentence) => {
  expect(() => load(engine, connection, bi)).toThrow(sentence);
});

test('low-code manifests are run by what the image can install', () => {
  expect(sourceSchema.properties.airbyte.properties.connector.default).toBe(TaskPlatform.LOW_CODE);
  const lock = `lib/warehouse/runtime/task/connectors/${TaskPlatform.LOW_CODE.replace('==', '-')}.txt`;
  expect(existsSync(packageFile(lock))).toBe(true);
});
