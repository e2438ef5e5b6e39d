import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'fs';
import { join, relative } from 'path';
import { UserError } from '../../../../cli-errors';
import { packageRoot } from '../../../../package-root';
import type { AssemblyStack } from '../../cdk';
import { lastLineAsJson } from '../outcomes';

/** What the tasks of dbt and of the dashboards are told, as it was synthesized. */
export interface SynthesizedProject {
  /** Folder of the asset in the cloud assembly. */
  readonly folder: string;
  readonly environment: { readonly [name: string]: unknown };
}

/** What was found out about the SQL of models, tests and dashboards. */
export interface SqlInspection {
  /** Models and tests that were rendered, each branch of an incremental one. */
  readonly queries: number;
  /** What is written otherwise for PostgreSQL: place, text for Redshift, text for PostgreSQL. */
  readonly differences: readonly string[];
}

interface ContainerDefinition {
  readonly Command?: readonly string[];
  readonly Environment?: readonly { readonly Name: string; readonly Value: unknown }[];
}

interface Template {
  readonly Resources: {
    readonly [id: string]: {
      readonly Type: string;
      readonly Properties: { readonly ContainerDefinitions?: readonly ContainerDefinition[] };
    };
  };
}

/** The project of the task that runs a module, such as `warehouse_tasks.dbt`; undefined when no task does. */
export function synthesizedProject(
  { assembly, template }: AssemblyStack,
  module: string,
): SynthesizedProject | undefined {
  const { Resources } = JSON.parse(readFileSync(join(assembly, template), 'utf8')) as Template;
  const containers = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition')
    .flatMap(({ Properties }) => Properties.ContainerDefinitions ?? []);
  const container = containers.find(({ Command = [] }) => Command.includes(module));
  if (container === undefined) return undefined;
  const environment = Object.fromEntries((container.Environment ?? []).map(({ Name, Value }) => [Name, Value]));
  const [, hash] = /([0-9a-f]{64})\.zip/.exec(JSON.stringify(environment.PROJECT_URI ?? '')) ?? [];
  if (hash === undefined) throw new Error(`${module}: PROJECT_URI names no asset`);
  return { folder: join(assembly, `asset.${hash}`), environment };
}

/**
 * Renders the SQL of a synthesized stack for Redshift, and judges it: syntax, tables, columns.
 *
 * @param project the folder of the CDK app, in which the files are looked for by which the problems are told
 * @param folder receives what is rendered
 * @param run runs a module in the environment of the warehouse, and gives what it printed
 * @throws UserError with file, line and remedy of everything that is wrong
 */
export async function inspectSql(
  stack: AssemblyStack,
  project: string,
  folder: string,
  run: (args: readonly string[]) => Promise<string>,
): Promise<SqlInspection> {
  const models = synthesizedProject(stack, 'warehouse_tasks.dbt');
  if (models === undefined) throw new UserError(`${stack.displayName}: no task runs dbt; add a DbtProject.`);
  const dashboards = synthesizedProject(stack, 'warehouse_tasks.dashboards');
  const config = join(folder, 'sql-inspection.json');
  writeFileSync(
    config,
    JSON.stringify({
      project: models.folder,
      dashboards: dashboards?.folder ?? null,
      models: JSON.parse(String(models.environment.MODELS ?? '[]')),
      titles: JSON.parse(String(dashboards?.environment.DASHBOARDS ?? 'null')),
      scratch: join(folder, 'sql-inspection'),
      shownProject: shownFolder(models.folder, project, 'dbt'),
      shownDashboards: dashboards && shownFolder(dashboards.folder, project, 'dashboards'),
    }),
  );
  const { problems, ...found } = lastLineAsJson<SqlInspection & { problems: string[] }>(
    await run(['-m', 'warehouse_checks.redshift_dialect', config]),
  );
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return found;
}

const NO_SOURCES = new Set(['node_modules', 'dist', 'cdk.out', 'rehearsals', 'target']);
const DEEPEST = 4;

/**
 * The folder that people edit, of which an asset is a copy: the first one with the same files.
 *
 * @param otherwise how it is called when there is none
 */
export function shownFolder(asset: string, project: string, otherwise: string): string {
  const files = readdirSync(asset, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(asset, name)).isFile());
  const isOriginal = (folder: string): boolean =>
    files.every((name) => {
      const file = join(folder, name);
      return existsSync(file) && readFileSync(file).equals(readFileSync(join(asset, name)));
    });
  for (const root of [project, join(packageRoot(), 'blueprints')]) {
    const found = foldersIn(root, DEEPEST).find(isOriginal);
    if (found !== undefined) return relative(process.cwd(), found) || '.';
  }
  return otherwise;
}

function foldersIn(folder: string, depth: number): string[] {
  if (depth === 0 || !existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NO_SOURCES.has(entry.name))
    .map(({ name }) => join(folder, name));
  return [...below, ...below.flatMap((each) => foldersIn(each, depth - 1))];
}
