import type { RecordSchema } from '../record-schema';
import type { JsonSchema } from './json-schema';

/** What a topic's messages are: one version of their schema, and the fields of their key. */
export interface DeclaredTopic {
  readonly key: readonly string[];
  readonly version: JsonSchema;
}

/** Every version that a topic's messages have had. */
export interface TopicVersions {
  readonly key: readonly string[];
  /** Oldest first. */
  readonly versions: readonly JsonSchema[];
}

/**
 * A record as a version of a topic's schema: JSON Schema draft 7, the newest that the Glue Schema Registry reads
 * (https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html, read 2026-11-28), without descriptions, so that
 * a better word is no new version.
 */
export function declaredTopic(schema: RecordSchema): DeclaredTopic {
  const document = { ...schema.toJsonSchema(), $schema: 'http://json-schema.org/draft-07/schema#' } as JsonSchema;
  return { key: schema.key, version: withoutWords(document) as JsonSchema };
}

/**
 * Why a reader that knows the declared version cannot read what was written under a locked one: one sentence with its
 * remedy for each reason. Fields may be added when they are optional, become optional or wider, and go; a field that
 * comes back must be what it was.
 */
export function incompatibilities(locked: TopicVersions, declared: DeclaredTopic): string[] {
  const keyChange =
    locked.key.join() === declared.key.join()
      ? []
      : [
          `its key goes from (${locked.key.join(', ')}) to (${declared.key.join(', ')}), and the messages that are there ` +
            'are spread and compacted by the old one; give the records a topic of their own',
        ];
  const reasons = locked.versions.flatMap((version) => objectProblems(version, declared.version, ''));
  return [...keyChange, ...new Set(reasons)];
}

function objectProblems(old: JsonSchema, now: JsonSchema, path: string): string[] {
  const [before, after] = [propertiesOf(old), propertiesOf(now)];
  const [wasRequired, isRequired] = [requiredOf(old), requiredOf(now)];
  const nowRequired = [...isRequired].filter((name) => !wasRequired.has(name));
  return [
    ...nowRequired.map((name) =>
      name in before
        ? `field '${path}${name}' becomes required, and older messages may lack it; leave it optional`
        : `field '${path}${name}' is new and required, and older messages lack it; make it optional`,
    ),
    ...Object.entries(before)
      .filter(([name]) => name in after && !nowRequired.includes(name))
      .flatMap(([name, type]) => valueProblems(type, after[name], `${path}${name}`)),
  ];
}

function valueProblems(old: JsonSchema, now: JsonSchema, path: string): string[] {
  const narrower = Object.keys(now).filter((rule) => narrows(rule, old[rule], now[rule]));
  const shown = narrower.map((rule) => `${rule} ${JSON.stringify(old[rule] ?? 'any')} to ${JSON.stringify(now[rule])}`);
  const problem =
    `field '${path}' accepts less than before (${shown.join(', ')}), and older messages would break it; ` +
    'add a new field instead';
  return [...(narrower.length === 0 ? [] : [problem]), ...problemsInside(old, now, path)];
}

/** Problems of a struct's fields, of a list's elements, of a map's values. */
function problemsInside(old: JsonSchema, now: JsonSchema, path: string): string[] {
  const of = (part: string, at: string) =>
    isSchema(old[part]) && isSchema(now[part]) ? valueProblems(old[part], now[part], at) : [];
  return [
    ...(isSchema(old.properties) && isSchema(now.properties) ? objectProblems(old, now, `${path}.`) : []),
    ...of('items', `${path}[]`),
    ...of('additionalProperties', `${path}{}`),
  ];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

/** Whether a rule of a value refuses what it admitted before; a rule that is gone refuses nothing. */
function narrows(rule: string, old: unknown, now: unknown): boolean {
  if (JSON.stringify(old) === JSON.stringify(now)) return false;
  // Told of each field, element or value.
  if (rule === 'required' || (isSchema(old) && isSchema(now) && rule !== 'type')) return false;
  if (old === undefined) return true;
  switch (rule) {
    case 'type':
      return [old].flat().some((type) => ![now].flat().includes(type));
    case 'minimum':
    case 'exclusiveMinimum':
    case 'minLength':
      return Number(now) > Number(old);
    case 'maximum':
      return Number(now) < Number(old);
    case 'pattern':
      // Ours is written `^x$` for a value that must be there and `^(x)?$` for one that may be missing.
      return now !== `^(${String(old).slice(1, -1)})?$`;
    default:
      return true;
  }
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}

function requiredOf(schema: JsonSchema): Set<string> {
  return new Set((schema.required ?? []) as string[]);
}

const WORDS = new Set(['description', '$comment']);

function withoutWords(value: unknown, isProperties = false): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutWords(each));
  if (typeof value !== 'object' || value === null) return value;
  // Below `properties` stand names of fields, one of which may be 'description'.
  const kept = Object.entries(value).filter(([name]) => isProperties || !WORDS.has(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutWords(inner, name === 'properties')]));
}
