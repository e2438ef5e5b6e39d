/** A group of settings. */
export type Json = Record<string, unknown>;

/** The way to a setting. */
export type Path = readonly (string | number)[];

/** What ajv says of a value; spelled out, so that the package's declarations name no other package. */
export interface ErrorObject {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each keyword has its own
  readonly params: Record<string, any>;
  readonly message?: string;
  readonly data?: unknown;
  readonly parentSchema?: object;
}

/** The path that an error is about: of the unknown or missing key itself, not of the object around it. */
export function pathOf(error: ErrorObject): Path {
  const at = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const unknown = unknownKeyOf(error);
  return unknown === undefined ? at : [...at, unknown];
}

function unknownKeyOf({ params }: ErrorObject): string | undefined {
  return (params.additionalProperty ?? params.unevaluatedProperty) as string | undefined;
}

/** What is wrong and how to put it right, in one sentence. */
export function sentenceFor(error: ErrorObject): string {
  const { keyword, params, data, parentSchema = {} } = error;
  const at = error.instancePath.slice(1).replaceAll('/', '.');
  const name = at ? `'${at}'` : 'the file';
  const schema = parentSchema as Json;
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const known = Object.keys((schema.properties as Json | undefined) ?? {});
      const unknown = String(unknownKeyOf(error));
      return `${shown(unknown)} is not a setting of ${name}; ${known.length === 0 ? 'remove it' : suggest(unknown, known)}`;
    }
    case 'required':
      return `${name} lacks '${params.missingProperty}'; add it`;
    case 'enum':
      return `${name} is ${shown(data)}; ${suggest(String(data), (params.allowedValues as unknown[]).map(String))}`;
    case 'type':
      return `${name} must be ${[params.type]
        .flat()
        .map((type) => TYPE_NAMES[String(type)] ?? type)
        .join(' or ')}, but is ${shown(data)}${remedyFor(error)}`;
    case 'pattern':
      return `${name} is ${shown(data)}; ${schema.patternErrorMessage ?? `write it as ${params.pattern}`}`;
    case 'oneOf':
      return `${name} ${schema.oneOfErrorMessage ?? error.message}`;
    case 'dependencies':
      return `${name} has '${params.property}' without '${params.missingProperty}'; add it`;
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
  null: 'null',
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

/** The nearest of the allowed names, and all of them. */
export function suggest(given: string, allowed: readonly string[]): string {
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
