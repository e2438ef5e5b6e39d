import { readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { type Document, isMap, isPair, isScalar, LineCounter, parseAllDocuments, visit, type YAMLError } from 'yaml';
import { type ErrorObject, type Json, pathOf, type Path, sentenceFor } from './problem-sentences';

/** One thing wrong with a file, with the place to look at and what to do. */
export interface FileProblem {
  /** 1-based line of the file; 1 when the problem concerns the file as a whole. */
  readonly line: number;
  /** 1-based column of that line. */
  readonly column: number;
  /** What is wrong and how to put it right, in one sentence. */
  readonly sentence: string;
}

/** Everything that is wrong with a file: its message has one line `file:line:column: sentence` a problem. */
export class YamlFileError extends Error {
  public constructor(
    public readonly file: string,
    public readonly problems: readonly FileProblem[],
  ) {
    super(problems.map((each) => `${file}:${each.line}:${each.column}: ${each.sentence}`).join('\n'));
    this.name = 'YamlFileError';
  }
}

/** A file as messages name it: from where one stands, unless it lies elsewhere. */
export function shownName(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}

/** Far more than any file that people write needs; beyond it the file is not what its reader thinks it is. */
const MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 64;

const validators = new WeakMap<object, ValidateFunction>();

function compiled(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  // verbose: an error then carries the schema it comes from, whose examples and messages make the remedy.
  const validate = new Ajv({ allErrors: true, useDefaults: true, verbose: true, strict: true, allowUnionTypes: true })
    .addVocabulary(['patternErrorMessage', 'oneOfErrorMessage'])
    .compile(schema);
  validators.set(schema, validate);
  return validate;
}

/** A JSON Schema as ajv compiles it. */
interface CompiledSchema {
  (value: unknown): unknown;
  errors?: readonly ErrorObject[] | null;
}

/**
 * A YAML file that a team writes by hand.
 *
 * @throws YamlFileError naming every problem with file, line, column and remedy
 */
export class YamlFile {
  /** What the file holds: a group of settings, not checked yet. */
  public readonly content: Json;
  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;
  private readonly shownName: string;

  /**
   * @param example what the smallest such file would hold
   * @param text what the file holds; read from the disk when left out
   */
  public constructor(
    private readonly file: string,
    private readonly example: string,
    text?: string,
  ) {
    this.shownName = shownName(file);
    this.document = this.parse(text ?? this.readText());
    this.content = this.toJson(this.document);
  }

  /**
   * Checks a value by a JSON Schema (draft 7), and completes it with the schema's defaults.
   *
   * @param locate where in the file a part of the value stands
   */
  public check(schema: object, value: Json, locate: (at: Path) => Path = (at) => at): void {
    this.checkBy(compiled(schema), value, locate);
  }

  /** The same by a compiled JSON Schema of any draft; its errors must be verbose. */
  public checkBy(validate: CompiledSchema, value: Json, locate: (at: Path) => Path = (at) => at): void {
    if (validate(value)) return;
    const problems = (validate.errors ?? [])
      .filter((each) => each.keyword !== 'if' && !each.schemaPath.includes('/oneOf/'))
      .map((each) => this.problem(sentenceFor(each), this.offsetOf(locate(pathOf(each)))));
    throw this.error(problems);
  }

  public has(at: Path): boolean {
    return this.document.hasIn(at);
  }

  public failAt(at: Path, sentence: string): never {
    return this.fail(sentence, this.offsetOf(at));
  }

  /** The problem of what stands at a path. */
  public problemAt(at: Path, sentence: string): FileProblem {
    return this.problem(sentence, this.offsetOf(at));
  }

  /** Throws when there are problems, all of them at once. */
  public refuse(problems: readonly FileProblem[]): void {
    if (problems.length > 0) throw this.error([...problems]);
  }

  private readText(): string {
    let bytes: Buffer;
    try {
      this.refuseTooMuch(statSync(this.file).size);
      bytes = readFileSync(this.file);
    } catch (error) {
      if (error instanceof YamlFileError) throw error;
      return this.fail(`the file cannot be read (${(error as NodeJS.ErrnoException).code}); check the path`);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return this.fail('the file is not UTF-8 text; save it as UTF-8');
    }
  }

  private refuseTooMuch(size: number): void {
    if (size <= MAX_BYTES) return;
    this.fail(`the file has ${size} bytes, more than the ${MAX_BYTES} allowed; is it the right file?`);
  }

  private parse(text: string): Document.Parsed {
    this.refuseTooMuch(Buffer.byteLength(text));
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
      return this.fail(`the file is empty; it needs at least '${this.example}'`);
    }
    if (!isMap(document.contents)) {
      return this.fail(`the file holds no settings; begin with '${this.example}'`);
    }
    this.refuseUnknownAliases(document);
    return document;
  }

  private syntaxProblem(error: YAMLError): FileProblem {
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

  /** Offset of what stands at `at`: of the key, where there is one; else of the nearest parent that exists. */
  private offsetOf(at: Path): number {
    const { document } = this;
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

  private problem(sentence: string, offset: number): FileProblem {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), sentence };
  }

  private error(problems: FileProblem[]): YamlFileError {
    const ordered = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
    return new YamlFileError(this.shownName, ordered);
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

function depthExceeds(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((inner) => depthExceeds(inner, limit - 1));
}
