import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { suggest } from '../../lib/foundation/private/problem-sentences';
import { YamlFileError, type FileProblem, shownName, YamlFile } from '../../lib/foundation/private/yaml-file';

/** `ref('model')`, `ref('package', 'model')` or `source('source', 'table')` of a model. */
const REFERENCE = /\b(ref|source)\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]+)['"]\s*)?\)/g;
/** What dbt does not run: comments of Jinja. Those of SQL are rendered before anybody knows that they are some. */
const COMMENT = /\{#[\s\S]*?#\}/g;

interface Known {
  /** Undefined when packages may bring more. */
  readonly models?: readonly string[];
  /** Tables by the name of their source. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
}

/**
 * Every model and every table of a source that a model of a dbt project reads has to be there: dbt would say so too, but
 * not before it is deployed and runs.
 *
 * @param project the folder with dbt_project.yml
 * @throws YamlFileError naming everything that the first wrong file misses, with line, column and remedy
 */
export function requireReferences(project: string): void {
  const models = filesIn(path.join(project, 'models'));
  const known: Known = { models: modelsOf(project, models), sources: sourcesOf(models) };
  for (const file of models.filter((each) => each.endsWith('.sql'))) {
    const problems = problemsOf(readFileSync(file, 'utf8'), known);
    if (problems.length > 0) throw new YamlFileError(shownName(file), problems);
  }
}

/** A source that a model needs, and the way from the model to it. */
export interface NeededSource {
  readonly source: string;
  /** Names of models, the one that was asked for first, the one that reads the source last. */
  readonly through: readonly string[];
}

/**
 * The sources that models need, directly or through others.
 *
 * @param project the folder with dbt_project.yml
 * @param asked paths below models/; none stands for all
 */
export function neededSources(project: string, asked: readonly string[]): NeededSource[] {
  const folder = path.join(project, 'models');
  const files = filesIn(folder).filter((file) => file.endsWith('.sql'));
  const read = new Map(files.map((file) => [path.parse(file).name, referencesOf(readFileSync(file, 'utf8'))]));
  const found = new Map<string, NeededSource>();
  const visit = (model: string, way: readonly string[]): void => {
    if (way.includes(model)) return;
    const through = [...way, model];
    for (const [, kind, first, second] of read.get(model) ?? []) {
      if (kind === 'ref') visit(second ?? first, through);
      else if (!found.has(first)) found.set(first, { source: first, through });
    }
  };
  for (const file of asked.length > 0 ? asked : files) visit(path.parse(file).name, []);
  return [...found.values()];
}

function referencesOf(text: string): RegExpExecArray[] {
  // Blanked out rather than cut, so that lines and columns stay those of the file.
  return [...text.replace(COMMENT, (comment) => comment.replace(/[^\n]/g, ' ')).matchAll(REFERENCE)];
}

function problemsOf(text: string, known: Known): FileProblem[] {
  return referencesOf(text).flatMap((match) => {
    const sentence = missing(match, known);
    if (sentence === undefined) return [];
    const before = text.slice(0, match.index).split('\n');
    return [{ line: before.length, column: before[before.length - 1].length + 1, sentence }];
  });
}

function missing([, kind, first, second]: RegExpMatchArray, { models, sources }: Known): string | undefined {
  if (kind === 'ref') {
    // Of two names the first is that of a package.
    if (second !== undefined || models === undefined || models.includes(first)) return undefined;
    return `there is no model '${first}'; ${suggest(first, models)}`;
  }
  if (second === undefined) return `source('${first}') names no table; write source('${first}', '<table>')`;
  const tables = sources.get(first);
  if (tables === undefined) {
    const others = [...sources.keys()];
    return `no file of dbt/models declares the source '${first}'; ${others.length > 0 ? suggest(first, others) : 'declare it'}`;
  }
  if (tables.includes(second)) return undefined;
  return `the source '${first}' has no table '${second}'; ${suggest(second, tables)}`;
}

/** What `ref` finds: models in SQL or Python, seeds and snapshots. */
function modelsOf(project: string, models: readonly string[]): string[] | undefined {
  if (['packages.yml', 'dependencies.yml'].some((file) => existsSync(path.join(project, file)))) return undefined;
  const seeds = filesIn(path.join(project, 'seeds')).filter((file) => file.endsWith('.csv'));
  const snapshots = filesIn(path.join(project, 'snapshots')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\{%-?\s*snapshot\s+(\w+)/g)].map(([, name]) => name),
  );
  const named = [...models.filter((file) => /\.(sql|py)$/.test(file)), ...seeds].map((file) => path.parse(file).name);
  return [...named, ...snapshots].sort();
}

interface Declared {
  readonly name?: string;
  readonly tables?: readonly { readonly name?: string }[];
}

function sourcesOf(models: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of models.filter((each) => /\.ya?ml$/.test(each))) {
    const { sources } = new YamlFile(file, 'version: 2').content;
    for (const { name = '', tables = [] } of Array.isArray(sources) ? (sources as Declared[]) : []) {
      found.set(name, [...(found.get(name) ?? []), ...tables.map((table) => table.name ?? '')]);
    }
  }
  return found;
}

/** Every file below a folder, in a fixed order; none where there is no folder. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((file) => statSync(file).isFile())
    .sort();
}
