import { existsSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import { type BlueprintFile, loadBlueprintFile, type OpenBlueprintFile } from '../trading/blueprint-file';
import type { UsageSettings } from '../trading/usage';
import { type Json, suggest } from '../../lib/foundation/private/problem-sentences';
import { YamlFile } from '../../lib/foundation/private/yaml-file';
import schema from './blueprint.schema.json';
import { CronError, schedulerCron } from './cron';
import { WAREHOUSE_RECORDS } from './records';
import { filesIn, neededSources, requireReferences } from './references';
import dashboardSchema from './dashboard.schema.json';
import sourceSchema from './source.schema.json';

/** The settings of a blueprint.yaml of the warehouse; blueprint.schema.json tells what each one means. */
export interface WarehouseSettings {
  /** How much it is used, for the cost that a review tells; a light use when left out. */
  readonly usage?: UsageSettings;
  readonly profile: 'sandbox' | 'production';
  readonly sources: readonly SourceSettings[];
  readonly warehouse: {
    readonly name: string;
    readonly size: 'XSMALL' | 'SMALL' | 'MEDIUM' | 'LARGE' | 'XLARGE';
    readonly engine: 'redshift' | 'snowflake' | 'bigquery' | 'databricks';
    /** Of another engine than redshift; what each wants is there. */
    readonly connection: WarehouseConnection;
    /** 0 stands for what the size gives. */
    readonly dailyRpuHours: number;
    /** An empty ARN stands for an empty database. */
    readonly restoreFromSnapshotArn: string;
  };
  /** Paths below dbt/models/; none stands for all. */
  readonly models: readonly string[];
  /** Titles; the files of dashboards/ that have them are provisioned. */
  readonly dashboards: readonly string[];
  readonly transformation: { readonly slim: boolean };
  readonly bi: {
    readonly service: 'metabase' | 'none';
    readonly certificateArn: string;
    readonly domainName: string;
  };
  /** An empty email stands for nobody. */
  readonly alarms: { readonly email: string };
}

/** Where a warehouse of another engine is, and the secret with its login. */
export interface WarehouseConnection {
  readonly secretArn?: string;
  readonly account?: string;
  readonly virtualWarehouse?: string;
  readonly project?: string;
  readonly location?: string;
  readonly host?: string;
  readonly httpPath?: string;
}

/** A source of blueprint.yaml with its file below sources/. */
export interface SourceSettings {
  readonly name: string;
  readonly connector: 'http' | 'postgres' | 'airbyte';
  /** An expression of EventBridge Scheduler; undefined for on demand only. */
  readonly schedule?: string;
  readonly compute: 'fargate' | 'lambda';
  /** An empty ARN stands for a secret of the stack's own, where one is needed. */
  readonly secretArn: string;
  /** The schema that it lands in. */
  readonly dataset: string;
  /** sources/<name>.yaml as it stands, in the spelling of the file. */
  readonly definition: Json;
}

/** The part of sources/<name>.yaml that each connector reads. */
const SECTIONS: Readonly<Record<SourceSettings['connector'], string>> = {
  http: 'rest_api',
  postgres: 'sql_database',
  airbyte: 'airbyte',
};

/**
 * Reads the warehouse's settings for one environment.
 *
 * @param directory where blueprint.yaml, sources/, dbt/ and dashboards/ lie
 * @param environment a key of blueprint.yaml's `environments`; dev when left out
 * @throws YamlFileError naming every problem of a file with line, column and remedy
 */
export function loadWarehouseSettings(directory: string, environment?: string): BlueprintFile<WarehouseSettings> {
  const file = loadBlueprintFile<WrittenSettings>({
    file: path.join(directory, 'blueprint.yaml'),
    schema,
    environment,
  });
  const { settings } = file;
  const names = settings.sources.map(({ name }) => name);
  const sources = settings.sources.map((source, index) => {
    if (names.indexOf(source.name) !== index) {
      file.failAt(['sources', index, 'name'], `'${source.name}' is the name of two sources; rename one`);
    }
    return loadSource(directory, source, index, file);
  });
  settings.models.forEach((model, index) =>
    requireModel(directory, model, (sentence) => file.failAt(['models', index], sentence)),
  );
  requireReferences(path.join(directory, 'dbt'));
  requireSources(directory, settings, file);
  requireConnection(settings, file);
  requireDashboards(directory, settings.dashboards, file);
  return { environment: file.environment, settings: { ...settings, sources } };
}

type WrittenSource = Omit<SourceSettings, 'dataset' | 'definition'>;
/** The settings as blueprint.yaml has them. */
type WrittenSettings = Omit<WarehouseSettings, 'sources'> & { readonly sources: readonly WrittenSource[] };
type Open = OpenBlueprintFile<WrittenSettings>;

function loadSource(directory: string, source: WrittenSource, index: number, file: Open): SourceSettings {
  const { name, connector } = source;
  const location = path.join(directory, 'sources', `${name}.yaml`);
  if (!existsSync(location)) {
    const others = namesIn(path.join(directory, 'sources'), '.yaml');
    const remedy = others.length > 0 ? suggest(name, others) : `add sources/${name}.yaml`;
    file.failAt(['sources', index, 'name'], `there is no sources/${name}.yaml; ${remedy}`);
  }
  const section = SECTIONS[connector];
  const definitionFile = new YamlFile(location, `${section}: {...}`);
  const definition: Json = structuredClone(definitionFile.content);
  definitionFile.check(sourceSchema, definition);
  if (definition[section] === undefined) {
    definitionFile.failAt(
      [],
      `the source lacks '${section}', which the connector '${connector}' of blueprint.yaml reads; add it`,
    );
  }
  requireRecords(name, definition, definitionFile);
  if (connector === 'airbyte') requireConnector(source, definition, definitionFile, index, file);
  return {
    ...source,
    schedule: scheduleOf(source, index, file),
    dataset: (definition.dataset as string | undefined) ?? `raw_${name}`,
    definition,
  };
}

interface Table {
  readonly record?: string;
}

/** The tables of a source, and the way to each in its file. */
function tablesOf(definition: Json): { readonly table: Table; readonly at: readonly (string | number)[] }[] {
  const { resources = [] } = (definition.rest_api ?? {}) as { resources?: readonly Table[] };
  const { tables = [] } = (definition.sql_database ?? {}) as { tables?: readonly Table[] };
  const { streams = [] } = (definition.airbyte ?? {}) as { streams?: readonly Table[] };
  return [
    ...resources.map((table, index) => ({ table, at: ['rest_api', 'resources', index] })),
    ...tables.map((table, index) => ({ table, at: ['sql_database', 'tables', index] })),
    ...streams.map((table, index) => ({ table, at: ['airbyte', 'streams', index] })),
  ];
}

/** The records whose columns the tables of a source have. */
export function recordNames(definition: Json): string[] {
  return tablesOf(definition).flatMap(({ table }) => table.record ?? []);
}

function requireRecords(source: string, definition: Json, file: YamlFile): void {
  const known = (WAREHOUSE_RECORDS[source] ?? []).map(({ name }) => name);
  for (const { table, at } of tablesOf(definition)) {
    if (table.record === undefined || known.includes(table.record)) continue;
    const remedy = known.length > 0 ? suggest(table.record, known) : "declare its 'columns' instead";
    file.failAt([...at, 'record'], `the source '${source}' has no record '${table.record}'; ${remedy}`);
  }
}

/** Runs low-code manifests: what a source without another connector is read by. */
const LOW_CODE = sourceSchema.properties.airbyte.properties.connector.default;

/** The runner of low-code manifests wants one, the other connectors have none; none of them starts soon enough for Lambda. */
function requireConnector(
  { compute }: WrittenSource,
  definition: Json,
  definitionFile: YamlFile,
  index: number,
  file: Open,
): void {
  const { connector, manifest } = definition.airbyte as { connector: string; manifest?: object };
  const isLowCode = connector === LOW_CODE;
  if (isLowCode && manifest === undefined) {
    const remedy = "add the 'manifest' of a low-code one, or name the 'connector'";
    definitionFile.failAt(['airbyte'], `it says neither which connector reads it nor how; ${remedy}`);
  }
  if (!isLowCode && manifest !== undefined) {
    const remedy = `leave one of them out: manifests are run by ${LOW_CODE}`;
    definitionFile.failAt(['airbyte', 'manifest'], `${connector} reads no manifest; ${remedy}`);
  }
  if (compute === 'lambda') {
    file.failAt(['sources', index, 'compute'], "a connector of Airbyte runs on Fargate alone; write 'fargate'");
  }
}

function scheduleOf({ schedule }: WrittenSource, index: number, file: Open): string | undefined {
  if (schedule === undefined) return undefined;
  const at = ['sources', index, 'schedule'];
  try {
    return schedulerCron(schedule);
  } catch (error) {
    if (error instanceof CronError) return file.failAt(at, error.message);
    throw error;
  }
}

/** A source that sources/ describes and that a model needs must not be left out: its tables would be missing. */
function requireSources(directory: string, { sources, models }: WrittenSettings, file: Open): void {
  const described = namesIn(path.join(directory, 'sources'), '.yaml');
  const synced = sources.map(({ name }) => name);
  for (const { source, through } of neededSources(path.join(directory, 'dbt'), models)) {
    if (synced.includes(source) || !described.includes(source)) continue;
    const [asked] = through;
    const index = models.findIndex((model) => path.parse(model).name === asked);
    const way = through.length > 1 ? ` (through ${through.slice(1).join(', ')})` : '';
    file.failAt(
      index < 0 ? ['sources'] : ['models', index],
      `the model ${asked} needs the source '${source}'${way}, which 'sources' leaves out; add it there, name only ` +
        `'models' that do without it, or delete sources/${source}.yaml where another tool loads raw_${source}`,
    );
  }
}

/** What each engine wants to know of its warehouse, as blueprint.yaml writes it. */
const CONNECTIONS: Readonly<
  Record<WrittenSettings['warehouse']['engine'], Readonly<Record<string, keyof WarehouseConnection>>>
> = {
  redshift: {},
  snowflake: { account: 'account', virtual_warehouse: 'virtualWarehouse', secret_arn: 'secretArn' },
  bigquery: { project: 'project', location: 'location', secret_arn: 'secretArn' },
  databricks: { host: 'host', http_path: 'httpPath', secret_arn: 'secretArn' },
};

/** A warehouse of another engine is there already, and Metabase is connected to it by hand. */
function requireConnection({ warehouse, bi }: WrittenSettings, file: Open): void {
  const { engine, connection } = warehouse;
  const wanted = CONNECTIONS[engine];
  const missing = Object.keys(wanted).filter((key) => connection[wanted[key]] === undefined);
  if (missing.length > 0) {
    const names = missing.map((name) => `'${name}'`).join(', ');
    file.failAt(['warehouse', 'engine'], `'${engine}' wants ${names} in 'warehouse.connection'; add what is missing`);
  }
  const surplus = Object.keys(connection).find((key) => !Object.values<string>(wanted).includes(key));
  if (surplus !== undefined) {
    file.failAt(['warehouse', 'connection'], `'${engine}' has no use for ${surplus}; leave it out, or name its engine`);
  }
  if (engine !== 'redshift' && bi.service !== 'none') {
    const remedy = "write 'service: none' below 'bi', and connect Metabase or another tool to the warehouse itself";
    file.failAt(['warehouse', 'engine'], `the dashboards of this blueprint ask Redshift, not '${engine}'; ${remedy}`);
  }
}

function requireModel(directory: string, model: string, fail: (sentence: string) => never): void {
  const models = path.join(directory, 'dbt', 'models');
  if (existsSync(path.join(models, model))) return;
  const others = filesIn(models)
    .filter((each) => each.endsWith('.sql'))
    .map((each) => path.relative(models, each).split(path.sep).join('/'));
  fail(`there is no model dbt/models/${model}; ${others.length > 0 ? suggest(model, others) : 'add it'}`);
}

/** Every dashboard of the folder has to be right, and every title to be one of theirs. */
function requireDashboards(directory: string, titles: readonly string[], file: Open): void {
  const known = dashboardFiles(directory).map(({ title }) => title);
  titles.forEach((title, index) => {
    if (known.includes(title)) return;
    const remedy = known.length > 0 ? suggest(title, known) : 'add a file with that title';
    file.failAt(['dashboards', index], `no file of dashboards/ has the title '${title}'; ${remedy}`);
  });
}

/** A file of dashboards/. */
export interface DashboardFile {
  /** Name of the file in its folder. */
  readonly name: string;
  readonly title: string;
}

/**
 * The dashboards of a blueprint, in the order of their files.
 *
 * @throws YamlFileError naming every problem of the first file that has one
 */
export function dashboardFiles(directory: string): DashboardFile[] {
  const folder = path.join(directory, 'dashboards');
  return namesIn(folder, '.yaml').map((name) => {
    const file = new YamlFile(path.join(folder, `${name}.yaml`), 'title: <a title of your own>');
    const content: Json = structuredClone(file.content);
    file.check(dashboardSchema, content);
    const dashboard = content as unknown as WrittenDashboard;
    requireFilters(dashboard, file);
    requireSelected(dashboard, file);
    return { name: `${name}.yaml`, title: dashboard.title };
  });
}

interface WrittenDashboard {
  readonly title: string;
  readonly filters?: readonly { readonly name: string }[];
  readonly cards: readonly WrittenCard[];
}

interface WrittenCard {
  readonly sql: string;
  readonly filters?: readonly string[];
  readonly x?: string;
  readonly y?: readonly string[];
  readonly series?: string;
}

function requireFilters({ filters = [], cards }: WrittenDashboard, file: YamlFile): void {
  const known = filters.map(({ name }) => name);
  cards.forEach((card, index) =>
    card.filters?.forEach((name, position) => {
      if (known.includes(name)) return;
      const remedy = known.length > 0 ? suggest(name, known) : `add it to the dashboard's filters`;
      file.failAt(['cards', index, 'filters', position], `the dashboard has no filter '${name}'; ${remedy}`);
    }),
  );
}

/** What a chart draws has to be named by its query; of `select *` nobody knows what it gives. */
function requireSelected({ cards }: WrittenDashboard, file: YamlFile): void {
  cards.forEach(({ sql, x, y = [], series }, index) => {
    if (/(select|\.|,)\s*\*/i.test(sql)) return;
    const words = new Set(sql.toLowerCase().match(/[a-z_][a-z0-9_]*/g));
    const drawn = [
      { at: ['x'], column: x },
      ...y.map((column, position) => ({ at: ['y', position], column })),
      { at: ['series'], column: series },
    ];
    for (const { at, column } of drawn) {
      if (column === undefined || words.has(column.toLowerCase())) continue;
      file.failAt(
        ['cards', index, ...at],
        `the query of the card gives no column '${column}'; select it, or name one that it selects`,
      );
    }
  });
}

function namesIn(folder: string, extension: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(extension));
  return files.map((file) => file.slice(0, -extension.length)).sort();
}
