import { readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import { type Document, isMap, isPair, isScalar, LineCounter, parseAllDocuments, visit, type YAMLError } from 'yaml';

/** One thing wrong with a blueprint file, with the place to look at and what to do. */
export interface BlueprintProblem {
  /** 1-based line of the file; 1 when the problem concerns the file as a whole. */
  readonly line: number;
  /** 1-based column of that line. */
  readonly column: number;
  /** What is wrong and how to put it right, in one sentence. */
  readonly sentence: string;
}

/** Everything that is wrong with a blueprint file: its message has one line `file:line:column: sentence` a problem. */
export class BlueprintFileError extends Error {
  public constructor(
    public readonly file: string,
    public readonly problems: readonly BlueprintProblem[],
  ) {
    super(problems.map((each) => `${file}:${each.line}:${each.column}: ${each.sentence}`).join('\n'));
    this.name = 'BlueprintFileError';
  }
}

/** Where a stack goes; both undefined means that the stack is agnostic of account and region. */
export interface BlueprintEnvironment {
  readonly name: string;
  readonly account?: string;
  readonly region?: string;
}

/** A blueprint file as read for one environment. */
export interface BlueprintFile<Settings> {
  readonly environment: BlueprintEnvironment;
  /** The settings with the environment's overrides and the schema's defaults; keys in camelCase. */
  readonly settings: Settings;
}

/** What {@link loadBlueprintFile} needs to know. */
export interface LoadBlueprintFileOptions {
  /** Path of the YAML file. */
  readonly file: string;
  /** The blueprint's JSON Schema (draft 7); its `default`s complete the settings. */
  readonly schema: object;
  /**
   * Name of the environment, a key of the file's `environments`.
   *
   * @default 'dev'
   */
  readonly environment?: string;
}

type Path = readonly (string | number)[];
type Json = Record<string, unknown>;

/** Far more than any settings file needs; beyond it the file is not what its reader thinks it is. */
const MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 64;
const DEFAULT_ENVIRONMENT = 'dev';

/**
 * Reads and checks a `blueprint.yaml`.
 *
 * @throws BlueprintFileError naming every problem with file, line, column and remedy
 */
export function loadBlueprintFile<Settings>(options: LoadBlueprintFileOptions): BlueprintFile<Settings> {
  return new BlueprintReader(options.file).read<Settings>(options.schema, options.environment ?? DEFAULT_ENVIRONMENT);
}

const validators = new WeakMap<object, ValidateFunction>();

function compiled(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  // verbose: an error then carries the schema it comes from, whose examples and messages make the remedy.
  const validate = new Ajv({ allErrors: true, useDefaults: true, verbose: true, strict: true })
    .addVocabulary(['patternErrorMessage'])
    .compile(schema);
  validators.set(schema, validate);
  return validate;
}

class BlueprintReader {
  private readonly lines = new LineCounter();
  private readonly shownName: string;

  public constructor(private readonly file: string) {
    const relative = path.relative(process.cwd(), file);
    this.shownName = relative.startsWith('..') ? file : relative;
  }

  public read<Settings>(schema: object, environment: string): BlueprintFile<Settings> {
    const document = this.parse(this.readText());
    const raw = this.toJson(document);
    const validate = compiled(schema);
    this.check(validate, structuredClone(raw), (at) => this.locate(document, at));

    const { account, region, overrides = {} } = this.chooseEnvironment(document, raw, environment);
    const merged = merge(raw, overrides as Json);
    const overridePath = ['environments', environment, 'overrides'];
    this.check(validate, merged, (at) =>
      this.locate(document, document.hasIn([...overridePath, ...at]) ? [...overridePath, ...at] : at),
    );
    delete merged.environments;
    return {
      environment: { name: environment, account: account as string, region: region as string },
      settings: camelCased(merged) as Settings,
    };
  }

  private readText(): string {
    let bytes: Buffer;
    try {
      const { size } = statSync(this.file);
      if (size > MAX_BYTES) {
        this.fail(`the file has ${size} bytes, more than the ${MAX_BYTES} allowed; is it a blueprint file?`);
      }
      bytes = readFileSync(this.file);
    } catch (error) {
      if (error instanceof BlueprintFileError) throw error;
      return this.fail(`the file cannot be read (${(error as NodeJS.ErrnoException).code}); check the path`);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return this.fail('the file is not UTF-8 text; save it as UTF-8');
    }
  }

  private parse(text: string): Document.Parsed {
    const parsed = parseAllDocuments(text, { lineCounter: this.lines, prettyErrors: false });
    const documents: readonly Document.Parsed[] = Array.isArray(parsed) ? parsed : [];
    const problems = documents.flatMap((each) => [...each.errors, ...each.warnings]);
    // The parser is recursive and reports its own exhausted stack as an error at some place.
    if (problems.some((each) => each.message.includes('call stack'))) return this.failTooDeep();
    if (problems.length > 0) throw this.error(problems.map((each) => this.syntaxProblem(each)));
    if (documents.length > 1) {
      this.fail("it holds more than one document; keep one and remove the '---' lines", documents[1].range[0]);
    }
    const [document] = documents;
    if (!document || document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
      return this.fail("the file is empty; it needs at least 'name: <a name of your own>'");
    }
    if (!isMap(document.contents)) {
      return this.fail("the file holds no settings; begin with 'name: <a name of your own>'");
    }
    this.refuseUnknownAliases(document);
    return document;
  }

  private syntaxProblem(error: YAMLError): BlueprintProblem {
    const remedy = SYNTAX_REMEDIES[error.code] ?? 'correct the YAML there';
    const what = error.message.split('\n')[0].replace(/[.:]$/, '');
    return this.problem(`${what}; ${remedy}`, error.pos[0]);
  }

  private refuseUnknownAliases(document: Document.Parsed): void {
    visit(document, {
      Alias: (_, alias) => {
        if (alias.resolve(document)) return;
        const sentence = `'*${alias.source}' refers to no anchor before it; write the value out`;
        this.fail(sentence, alias.range?.[0]);
      },
    });
  }

  private toJson(document: Document.Parsed): Json {
    let raw: Json;
    try {
      raw = document.toJS({ maxAliasCount: 100 }) as Json;
    } catch (error) {
      if (error instanceof RangeError) return this.failTooDeep();
      // yaml throws ReferenceError when aliases multiply beyond measure ("billion laughs").
      if (error instanceof ReferenceError)
        return this.fail('its aliases (*name) expand without measure; write them out');
      throw error;
    }
    if (depthExceeds(raw, MAX_DEPTH)) this.failTooDeep();
    return raw;
  }

  private check(validate: ValidateFunction, value: Json, locate: (at: Path) => number): void {
    if (validate(value)) return;
    const problems = (validate.errors ?? [])
      .filter((each) => each.keyword !== 'if')
      .map((each) => this.problem(sentenceFor(each), locate(pathOf(each))));
    throw this.error(problems);
  }

  private chooseEnvironment(document: Document.Parsed, raw: Json, name: string): Json {
    const environments = (raw.environments ?? {}) as Record<string, Json | undefined>;
    if (Object.hasOwn(environments, name)) return environments[name] ?? {};
    // A file without environments is one for the default environment, anywhere.
    if (raw.environments === undefined && name === DEFAULT_ENVIRONMENT) return {};
    const known = Object.keys(environments);
    const remedy = known.length > 0 ? suggest(name, known) : "add it below 'environments'";
    return this.fail(`there is no environment '${name}'; ${remedy}`, this.locate(document, ['environments']));
  }

  /** Offset of what stands at `at`: of the key, where there is one; else of the nearest parent that exists. */
  private locate(document: Document.Parsed, at: Path): number {
    for (let length = at.length; length > 0; length--) {
      const key = at[length - 1];
      const parent = document.getIn(at.slice(0, length - 1), true) ?? document.contents;
      if (isMap(parent)) {
        const pair = parent.items.find((each) => isPair(each) && isScalar(each.key) && String(each.key.value) === key);
        if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
      }
      const node = document.getIn(at.slice(0, length), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) return node.range[0];
    }
    return document.contents?.range?.[0] ?? 0;
  }

  private problem(sentence: string, offset: number): BlueprintProblem {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), sentence };
  }

  private error(problems: BlueprintProblem[]): BlueprintFileError {
    const ordered = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
    return new BlueprintFileError(this.shownName, ordered);
  }

  private failTooDeep(): never {
    return this.fail(`it nests deeper than ${MAX_DEPTH} levels; flatten it`);
  }

  private fail(sentence: string, offset = 0): never {
    throw this.error([this.problem(sentence, offset)]);
  }
}

const SYNTAX_REMEDIES: Partial<Record<string, string>> = {
  DUPLICATE_KEY: 'keep one of the two',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'align it with its neighbours',
  TAG_RESOLVE_FAILED: 'remove the tag',
  MULTILINE_IMPLICIT_KEY: "is a ':' missing or too many?",
  MISSING_CHAR: 'add it',
};

/** The path that an error is about: of the unknown or missing key itself, not of the object around it. */
function pathOf(error: ErrorObject): Path {
  const at = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return error.keyword === 'additionalProperties' ? [...at, String(error.params.additionalProperty)] : at;
}

function sentenceFor(error: ErrorObject): string {
  const { keyword, params, data, parentSchema = {} } = error;
  const at = error.instancePath.slice(1).replaceAll('/', '.');
  const name = at ? `'${at}'` : 'the file';
  const schema = parentSchema as Json;
  switch (keyword) {
    case 'additionalProperties':
      return (
        `${shown(params.additionalProperty)} is not a setting of ${name}; ` +
        suggest(String(params.additionalProperty), Object.keys((schema.properties as Json | undefined) ?? {}))
      );
    case 'required':
      return `${name} lacks '${params.missingProperty}'; add it`;
    case 'enum':
      return `${name} is ${shown(data)}; ${suggest(String(data), (params.allowedValues as unknown[]).map(String))}`;
    case 'type':
      return `${name} must be ${TYPE_NAMES[String(params.type)] ?? params.type}, but is ${shown(data)}${remedyFor(error)}`;
    case 'pattern':
      return `${name} is ${shown(data)}; ${schema.patternErrorMessage ?? `write it as ${params.pattern}`}`;
    case 'uniqueItems':
      return `${name} names an entry twice; remove one`;
    default:
      return `${name} ${error.message}, but is ${shown(data)}${remedyFor(error)}`;
  }
}

const TYPE_NAMES: Partial<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
};

function remedyFor({ params, data, parentSchema }: ErrorObject): string {
  if (params.type === 'string' && typeof data === 'number') return '; put it in quotes';
  const examples = (parentSchema as { examples?: unknown[] } | undefined)?.examples;
  if (examples?.length) return `; write for example ${JSON.stringify(examples[0])}`;
  if (params.type === 'object') return '; give its settings or remove it';
  return '; correct it';
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of settings';
  if (typeof value !== 'string') return String(value);
  // One line, whatever the file holds: the sentence goes to a terminal.
  const printable = value.replace(/\p{Cc}/gu, ' ');
  return `'${printable.length > 60 ? `${printable.slice(0, 57)}...` : printable}'`;
}

function suggest(given: string, allowed: readonly string[]): string {
  const near = allowed
    .map((each) => ({ each, distance: editDistance(given.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, distance }) => distance <= Math.ceil(each.length / 3))
    .sort((a, b) => a.distance - b.distance)[0];
  const list = `use one of: ${allowed.join(', ')}`;
  return near ? `did you mean '${near.each}'? (${list})` : list;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j] + 1, current[j - 1] + 1, substituted));
    }
    previous = current;
  }
  return previous[b.length];
}

/** `overrides` laid over `base`: groups of settings merge, anything else (lists too) replaces. */
function merge(base: Json, overrides: Json): Json {
  const merged: Json = structuredClone(base);
  for (const [key, value] of Object.entries(overrides)) {
    const below = merged[key];
    merged[key] = isGroup(value) && isGroup(below) ? merge(below, value) : structuredClone(value);
  }
  return merged;
}

function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (!isGroup(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camelCased(inner),
    ]),
  );
}

function isGroup(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function depthExceeds(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((inner) => depthExceeds(inner, limit - 1));
}
