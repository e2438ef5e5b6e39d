import {
  chmodSync,
  cpSync,
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
import { packageFile } from '../../../lib/foundation/private/package-assets';
import { pointImportsAtPackage } from './imports';
import { lakehouseFiles } from './lakehouse-files';

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

/** What the project takes from the blueprint's own sources, and where it goes. */
interface Blueprint {
  /** Paths below `blueprints/`, copied as they are. */
  readonly copied: Readonly<Record<string, string>>;
  /** TypeScript below `blueprints/`, whose imports are pointed at the package. */
  readonly sources: Readonly<Record<string, string>>;
  /** Files that only a project has. */
  readonly files: (name: string, library: string | undefined) => Readonly<Record<string, string>>;
}

const BLUEPRINTS: Readonly<Record<string, Blueprint>> = {
  lakehouse: {
    copied: {
      'lakehouse/sql': 'sql',
      'lakehouse/schemas.lock.json': 'schemas.lock.json',
    },
    sources: {
      'lakehouse/blueprint.ts': 'lib/blueprint.ts',
      'lakehouse/stack.ts': 'lib/stack.ts',
      'lakehouse/trade-source.ts': 'lib/trade-source.ts',
      'lakehouse/batch-and-http.ts': 'lib/batch-and-http.ts',
      'lakehouse/governance.ts': 'lib/governance.ts',
      'trading/backbone.ts': 'lib/backbone.ts',
      'trading/schemas.ts': 'lib/schemas.ts',
    },
    files: lakehouseFiles,
  },
};

/** The blueprints that a project can begin with. */
export function projectBlueprints(): string[] {
  return Object.keys(BLUEPRINTS);
}

/**
 * Writes a project that deploys a blueprint as its own.
 *
 * All or nothing: it is written beside its place and moved there when it is complete.
 *
 * @throws UserError when the blueprint is unknown or the directory is not free
 */
export function createProject(options: CreateProjectOptions): void {
  const { blueprint: name, directory } = options;
  if (!Object.hasOwn(BLUEPRINTS, name)) {
    throw new UserError(`there is no blueprint '${name}'; use one of: ${projectBlueprints().join(', ')}`);
  }
  requireFree(directory);
  const parent = path.dirname(directory);
  try {
    mkdirSync(parent, { recursive: true });
    const draft = mkdtempSync(path.join(parent, `.${path.basename(directory)}-`));
    try {
      writeProject(draft, BLUEPRINTS[name], packageName(directory), librarySpec(options));
      // mkdtemp gives 0700, which a project need not have.
      chmodSync(draft, 0o755);
      renameSync(draft, directory);
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

function writeProject(directory: string, blueprint: Blueprint, name: string, library: string | undefined): void {
  for (const [from, to] of Object.entries(blueprint.copied)) {
    cpSync(packageFile(`blueprints/${from}`), path.join(directory, to), { recursive: true });
  }
  for (const [from, to] of Object.entries(blueprint.sources)) {
    write(directory, to, pointImportsAtPackage(readFileSync(packageFile(`blueprints/${from}`), 'utf8')));
  }
  for (const [to, content] of Object.entries(blueprint.files(name, library))) write(directory, to, content);
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
  return name || 'trading-lakehouse';
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
