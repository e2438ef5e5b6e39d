import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import * as path from 'node:path';
import { UserError } from '../../cli-errors';
import { makeFolder } from '../../make-folder';
import { packageFile } from '../../../lib/foundation/private/package-assets';
import { pointImportsAtPackage } from './imports';
import { PROJECT_BLUEPRINTS, type ProjectBlueprint } from './project-blueprints';
import { projectFiles } from './project-files';

export interface CreateProjectOptions {
  /** Name of the blueprint. */
  readonly blueprint: string;
  /** Absolute path of the folder to write. */
  readonly directory: string;
  /**
   * What npm installs as cdk-data-patterns: a version range, or the path of a tarball or folder.
   *
   * @default - the version that this command is of, and compatible ones
   */
  readonly library?: string;
}

/** The blueprints that a project can begin with. */
export function projectBlueprints(): string[] {
  return Object.keys(PROJECT_BLUEPRINTS);
}

/**
 * Writes a project that deploys a blueprint as its own, and answers the name of its stack.
 *
 * All or nothing: it is written beside its place and moved there when it is complete.
 *
 * @throws UserError when the blueprint is unknown or the directory is not free
 */
export function createProject(options: CreateProjectOptions): string {
  const { blueprint: name, directory } = options;
  if (!Object.hasOwn(PROJECT_BLUEPRINTS, name)) {
    throw new UserError(`there is no blueprint '${name}'; use one of: ${projectBlueprints().join(', ')}`);
  }
  const blueprint = PROJECT_BLUEPRINTS[name];
  requireFree(directory);
  const parent = path.dirname(directory);
  try {
    makeFolder(parent);
    const draft = mkdtempSync(path.join(parent, `.${path.basename(directory)}-`));
    try {
      writeProject(draft, blueprint, packageName(directory), librarySpec(options));
      // mkdtemp gives 0700, which a project need not have.
      chmodSync(draft, 0o755);
      renameSync(draft, directory);
      return blueprint.stack;
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      throw error;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UserError(`${directory} cannot be written (${code}); choose another directory or free this one`);
  }
}

function requireFree(directory: string): void {
  if (!existsSync(directory)) return;
  if (!statSync(directory).isDirectory()) {
    throw new UserError(`${directory} is a file; choose another directory`);
  }
  const [first] = readdirSync(directory);
  if (first !== undefined) {
    throw new UserError(`${directory} is not empty (it holds ${first}); choose a new directory or empty this one`);
  }
}

function writeProject(directory: string, blueprint: ProjectBlueprint, name: string, library: string | undefined): void {
  const modules = new Map(
    blueprint.sources.map((source) => [source.replace(/\.ts$/, ''), moduleName(blueprint, source)]),
  );
  for (const source of blueprint.sources) {
    const code = readFileSync(packageFile(`blueprints/${source}`), 'utf8');
    const isJson = source.endsWith('.json');
    const content = isJson ? code : pointImportsAtPackage(code, source, modules);
    write(directory, `lib/${moduleName(blueprint, source)}${isJson ? '' : '.ts'}`, content);
  }
  for (const [to, content] of Object.entries(projectFiles(blueprint, name, library))) write(directory, to, content);
}

/** Name of a module in a project: its own, but that of another blueprint's stack, which is called as that. */
function moduleName({ folders: [{ from }] }: ProjectBlueprint, source: string): string {
  const [folder, name] = [path.posix.dirname(source), path.posix.basename(source, '.ts')];
  return name === 'stack' && folder !== from ? folder : name;
}

function write(directory: string, file: string, content: string): void {
  mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
  writeFileSync(path.join(directory, file), content);
}

/** A name that npm accepts, from the directory's. */
function packageName(directory: string): string {
  const name = path
    .basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '');
  return name || 'trading-platform';
}

/** npm reads a path in a package.json as relative to that package.json, the user means the current folder. */
function librarySpec({ library, directory }: CreateProjectOptions): string | undefined {
  if (library === undefined) return undefined;
  const file = library.replace(/^file:/, '');
  const isPath = library.startsWith('file:') || /^(\.{0,2}\/|\.{1,2}$)/.test(library) || library.endsWith('.tgz');
  if (!isPath || /^https?:/.test(library)) return library;
  if (!existsSync(file)) throw new UserError(`--library names ${file}, which is not there; check the path`);
  return `file:${path.relative(directory, path.resolve(file)).split(path.sep).join('/')}`;
}
