/**
 * Starts the CDK app (`blueprints.js`, beside the compiled form of this file) with the modules that it needs already
 * found, read and compiled: half of a synthesis would be spent on that. docs/decisions/0001-compiled-synth.md tells
 * how and why. The pack is a cache and nothing else: missing, or in any doubt, the app starts without it.
 */
import { fstatSync, openSync, readSync, statSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

/** What a pack holds. In the file: four bytes with the length of this header, it as JSON, source and code of each module. */
export interface PackHeader {
  /** Version of Node that the code is for. */
  readonly node: string;
  /** What the modules were packed from, each with its `stamp`. */
  readonly stamps: Readonly<Record<string, string>>;
  /** By file; files are relative to the checkout throughout. */
  readonly modules: Readonly<Record<string, PackedModule>>;
}

export interface PackedModule {
  /** What it requires: request to file. */
  readonly requires: Readonly<Record<string, string>>;
  /** Lengths in bytes. */
  readonly source: number;
  readonly code: number;
}

/** What Node's CommonJS loader lets others replace; its types do not tell. */
export interface CommonJs {
  _cache: Record<string, Module | undefined>;
  _resolveFilename(request: string, parent?: Module, ...rest: unknown[]): string;
  _extensions: Record<string, (module: Module, filename: string) => void>;
}
const commonJs = Module as unknown as CommonJs;

export const ROOT = path.resolve(__dirname, '../..');
export const APP = path.join(__dirname, 'blueprints.js');
export const PACK = path.join(__dirname, 'warm-start.pack');

/** Of the header's length. */
export const LENGTH_BYTES = 4;

/** Tells one state of a file from another. */
export function stamp(file: string): string {
  const { size, mtimeMs } = statSync(path.join(ROOT, file));
  return `${size} ${mtimeMs}`;
}

const OPENING = '(function(exports,require,module,__filename,__dirname){';

/** Compiles a module as Node does: stack traces name the same file, line and column. */
export function compile(filename: string, source: string, cachedData?: Buffer): Script {
  return new Script(`${OPENING}${source}\n})`, { filename, columnOffset: -OPENING.length, cachedData });
}

/** Runs a compiled module as Node does. */
export function run(script: Script, module: Module, filename: string): void {
  const require = (request: string): unknown => module.require(request);
  Object.assign(require, {
    resolve: (request: string) => commonJs._resolveFilename(request, module),
    main: process.mainModule,
    cache: commonJs._cache,
  });
  const { exports } = module;
  script.runInThisContext().call(exports, exports, require, module, filename, path.dirname(filename));
}

/** Reads parts of a pack, each into the same memory: the whole of it would stand there for nothing. */
class PackReader {
  private readonly file = openSync(PACK, 'r');
  private buffer = Buffer.allocUnsafeSlow(1 << 20);

  size(): number {
    return fstatSync(this.file).size;
  }

  /** @returns bytes that are valid until the next read */
  read(offset: number, length: number): Buffer {
    if (length > this.buffer.length) this.buffer = Buffer.allocUnsafeSlow(length);
    readSync(this.file, this.buffer, 0, length, offset);
    return this.buffer.subarray(0, length);
  }
}

/** Lets `require` find the packed modules. Others are loaded as ever, and see the very same instances. */
function install(header: PackHeader, pack: PackReader, begin: number): void {
  const packed = new Map<string, PackedModule & { readonly offset: number }>();
  let offset = begin;
  for (const [file, module] of Object.entries(header.modules)) {
    packed.set(path.join(ROOT, file), { ...module, offset });
    offset += module.source + module.code;
  }
  if (offset !== pack.size()) throw new Error(`${PACK} is not whole`);

  const resolve = commonJs._resolveFilename;
  commonJs._resolveFilename = function (request, parent, ...rest) {
    const target = parent && packed.get(parent.filename)?.requires[request];
    // Options (`paths`) change what a request means.
    return target === undefined || rest[1] ? resolve.call(this, request, parent, ...rest) : path.join(ROOT, target);
  };

  const load = commonJs._extensions['.js'];
  commonJs._extensions['.js'] = function (module, filename) {
    const found = packed.get(filename);
    if (!found) return load.call(this, module, filename);
    const bytes = pack.read(found.offset, found.source + found.code);
    const source = bytes.toString('utf8', 0, found.source);
    run(compile(filename, source, bytes.subarray(found.source)), module, filename);
  };
}

/** @returns the header's length too; nothing when the pack is of another state of the checkout or for another Node */
function current(pack: PackReader): { header: PackHeader; length: number } | undefined {
  const length = pack.read(0, LENGTH_BYTES).readUInt32LE();
  const header = JSON.parse(pack.read(LENGTH_BYTES, length).toString('utf8')) as PackHeader;
  const unchanged = ([file, expected]: [string, string]) => stamp(file) === expected;
  return header.node === process.version && Object.entries(header.stamps).every(unchanged)
    ? { header, length }
    : undefined;
}

/** A pack that cannot be read is none. */
function withPack<T>(use: (pack: PackReader) => T): T | undefined {
  try {
    return use(new PackReader());
  } catch {
    return undefined;
  }
}

/** Whether a start would be a warm one: a build need not make the pack again. */
export function isCurrent(): boolean {
  return withPack(current) !== undefined;
}

/** Without effect when the pack is missing, of another state of the checkout or for another Node. */
function warmUp(): void {
  withPack((pack) => {
    const found = current(pack);
    if (found) install(found.header, pack, LENGTH_BYTES + found.length);
  });
}

if (require.main === module) {
  warmUp();
  module.require(APP);
}
