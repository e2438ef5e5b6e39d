import type { FieldReading, MessageCondition, SourceMapping } from '../source-mapping';
import { SchemaError } from './errors';
import type { FieldNode } from './type-node';

const STEP = String.raw`(?:\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,9}\]|\["[^"\]]+"\])`;
const FIRST = String.raw`(?:[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,9}\]|\["[^"\]]+"\])`;
const PATH = new RegExp(String.raw`^(?:\$${STEP}*|${FIRST}${STEP}*)$`);
const PATH_REMEDY = "write it as a.b, [0] or $.a, and an odd name as ['name'] with double quotes";
const PLACEHOLDER = /\{([^{}]*)\}/g;
const SPECIAL = new Set(['$source', '$index']);

/** What the Spark runner is told about a mapping. Throws when it cannot be one of the record. */
export function mappingSpecOf(record: string, fields: FieldNode[], mapping: SourceMapping): object {
  const at = `${record}: mapping '${mapping.name}'`;
  const byWire = new Map(fields.map((field) => [field.wireName, field]));
  for (const [name, reading] of Object.entries(mapping.fields)) {
    const field = byWire.get(name);
    if (!field) {
      throw new SchemaError(`${at} reads '${name}', which is no field; use one of: ${[...byWire.keys()].join(', ')}.`);
    }
    checkReading(`${at}: field '${name}'`, field, reading);
  }
  const unread = fields.find((field) => field.required && !(field.wireName in mapping.fields));
  if (unread) {
    throw new SchemaError(`${at} does not read '${unread.wireName}', which is required; say how under fields.`);
  }
  if (mapping.each !== undefined) checkPath(`${at}: each`, mapping.each);
  const { name, sourcePrefix, when, ignore, each } = mapping;
  return {
    name,
    ...(sourcePrefix === undefined ? {} : { prefix: sourcePrefix }),
    ...(when === undefined ? {} : { when: conditions(`${at}: when`, when) }),
    ...(ignore === undefined ? {} : { ignore: conditions(`${at}: ignore`, ignore) }),
    ...(each === undefined ? {} : { each }),
    fields: mapping.fields,
  };
}

function conditions(at: string, given: MessageCondition[]): MessageCondition[] {
  for (const { path, is } of given) {
    checkPath(at, path);
    const odd = is?.find((value) => !isScalar(value));
    if (odd !== undefined) {
      throw new SchemaError(`${at}: '${path}' is compared with ${JSON.stringify(odd)}; use texts and whole numbers.`);
    }
  }
  return given;
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isSafeInteger(value);
}

function checkReading(at: string, { type }: FieldNode, { path, template, constant, ...change }: FieldReading): void {
  if ([path, template, constant].filter((each) => each !== undefined).length !== 1) {
    throw new SchemaError(`${at} needs one of path, template and constant; give exactly one.`);
  }
  const changes = Object.entries(change).filter(([, value]) => value !== undefined);
  if (changes.length > (path === undefined ? 0 : 1)) {
    throw new SchemaError(
      `${at}: ${changes.map(([name]) => name).join(' and ')} cannot stand there; one, beside a path.`,
    );
  }
  const base = type.kind === 'primitive' ? type.base : type.kind;
  const { scale } = change;
  if (scale !== undefined && (base !== 'decimal' || !Number.isInteger(scale) || scale < 0 || scale > 38)) {
    throw new SchemaError(`${at}: scale is ${scale}; it is a whole number from 0 to 38, for decimals only.`);
  }
  if (change.epoch !== undefined && !base.startsWith('timestamp')) {
    throw new SchemaError(`${at}: epoch is for timestamps; leave it out.`);
  }
  if (path !== undefined) checkPath(at, path);
  for (const [, placeholder] of template?.matchAll(PLACEHOLDER) ?? []) {
    if (!SPECIAL.has(placeholder)) checkPath(at, placeholder);
  }
  if (template?.replace(PLACEHOLDER, '').match(/[{}]/)) {
    throw new SchemaError(`${at}: template '${template}' has a brace that is not closed or not opened; mend it.`);
  }
}

function checkPath(at: string, path: string): void {
  if (!PATH.test(path)) throw new SchemaError(`${at}: '${path}' is not a path; ${PATH_REMEDY}.`);
}
