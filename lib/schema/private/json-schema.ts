import { FieldNode, PrimitiveNode, TypeNode } from './type-node';

/** A JSON Schema document or part of one. */
export type JsonSchema = Record<string, unknown>;

interface RecordFacts {
  readonly title: string;
  readonly doc?: string;
}

const DECIMAL = '([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?';
const ANY_DECIMAL = `[+-]?${DECIMAL}`;
/** No minus, and a digit above zero before the exponent. */
const POSITIVE_DECIMAL = `(?=[^eE]*[1-9])\\+?${DECIMAL}`;
const INSTANT = '\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}(:\\d{2}([.,]\\d{1,9})?)?([Zz]|[+-]\\d{2}(:?\\d{2})?)?';

/** Renders the record on the wire as JSON Schema, draft 2020-12. */
export function jsonSchemaOf(fields: FieldNode[], record: RecordFacts): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: record.title,
    ...(record.doc === undefined ? {} : { description: record.doc }),
    ...objectSchema(fields),
  };
}

function objectSchema(fields: FieldNode[]): JsonSchema {
  const required = fields.filter((field) => field.required).map((field) => field.wireName);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.wireName, fieldSchema(field)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: true,
  };
}

function fieldSchema(field: FieldNode): JsonSchema {
  const doc = field.doc === undefined ? {} : { description: field.doc };
  return { ...doc, ...valueSchema(field.type, field.required, field.positive) };
}

/** Schema of a value; an optional one may be null, and as text also empty, which counts as absent. */
function valueSchema(type: TypeNode, required: boolean, positive: boolean): JsonSchema {
  const schema = type.kind === 'primitive' ? primitiveSchema(type, required, positive) : nestedSchema(type);
  if (required) {
    return schema;
  }
  return { ...schema, type: [...[schema.type].flat(), 'null'] };
}

function nestedSchema(type: Exclude<TypeNode, PrimitiveNode>): JsonSchema {
  switch (type.kind) {
    case 'list':
      return { type: 'array', items: valueSchema(type.element, type.elementRequired, false) };
    case 'map':
      // A JSON object's names are text, whatever the key's type.
      return { type: 'object', additionalProperties: valueSchema(type.value, type.valueRequired, false) };
    case 'struct':
      return objectSchema(type.fields);
  }
}

function primitiveSchema(type: PrimitiveNode, required: boolean, positive: boolean): JsonSchema {
  const whole = (pattern: string) => ({ pattern: required ? `^${pattern}$` : `^(${pattern})?$` });
  const aboveZero = positive ? { exclusiveMinimum: 0 } : {};
  switch (type.base) {
    case 'boolean':
      return { type: 'boolean' };
    case 'int':
      return { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1, ...aboveZero };
    case 'long':
      // No bounds: JSON numbers near 2^63 are not exact in most validators.
      return { type: 'integer', ...aboveZero };
    case 'float':
    case 'double':
      return { type: 'number', ...aboveZero };
    case 'decimal':
      return { type: ['string', 'number'], ...whole(positive ? POSITIVE_DECIMAL : ANY_DECIMAL), ...aboveZero };
    case 'timestamp':
    case 'timestamptz':
      return {
        type: ['string', 'number'],
        ...whole(INSTANT),
        $comment: 'ISO-8601 text (no zone means UTC), or milliseconds since 1970-01-01T00:00Z',
      };
    case 'string':
      return { type: ['string', 'integer'], ...(required ? { minLength: 1 } : {}) };
    case 'date':
      return { type: 'string', format: 'date' };
    case 'time':
      return { type: 'string', format: 'time' };
    case 'uuid':
      return { type: 'string', format: 'uuid' };
    case 'fixed':
    case 'binary':
      return { type: 'string', contentEncoding: 'base64' };
  }
}
