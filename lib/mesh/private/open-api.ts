import type { FieldNode, TypeNode } from '../../schema/private/type-node';
import type { RecordSchema } from '../../schema';
import type { ContractTerms, ProductApi } from '../contract-terms';
import { COMPARISONS, MOST_ROWS, PAGE_SIZE } from '../runtime/product-api';
import { isFilter, type ServedColumn } from '../runtime/served-values';

type Schema = Readonly<Record<string, unknown>>;

/** What an API serves of a record: each column with its type. */
export function servedColumns({ _fields }: RecordSchema): ServedColumn[] {
  return _fields.map(({ name, type }) =>
    type.kind === 'primitive'
      ? { name, base: type.base, precision: type.precision, scale: type.scale }
      : { name, base: 'nested' },
  );
}

/** The contract's OpenAPI 3.1: how one of its APIs is asked, and what it answers. */
export function openApiOf(stated: ContractTerms, schema: RecordSchema, { name, endpoint }: ProductApi): Schema {
  const { version, description, owner, terms, contact, documentationUrl } = stated;
  return {
    openapi: '3.1.0',
    info: {
      title: stated.name,
      summary: name,
      version,
      description: [description, terms.usage, terms.limitations].filter((each) => each !== undefined).join('\n\n'),
      contact: { name: owner, ...(contact?.includes('@') ? { email: contact } : {}) },
    },
    ...(documentationUrl === undefined ? {} : { externalDocs: { url: documentationUrl } }),
    servers: [{ url: '/' }],
    security: [{ sigv4: [] }],
    paths: {
      [endpoint]: {
        get: {
          operationId: 'rows',
          summary: `Rows of ${stated.name}`,
          description: `Ordered by ${schema.key.join(', ')}. All conditions must hold.`,
          parameters: parametersOf(schema),
          responses: {
            200: answer('A page of rows', { $ref: '#/components/schemas/Page' }),
            400: answer('What is wrong with the request', PROBLEM),
            403: answer('The caller may not', PROBLEM),
            429: answer('Too many requests', PROBLEM),
            503: answer('The query failed', PROBLEM),
            504: answer('The query took too long', PROBLEM),
          },
        },
      },
    },
    components: {
      schemas: {
        Row: rowSchema(schema._fields),
        Page: {
          type: 'object',
          required: ['product', 'version', 'rows'],
          properties: {
            product: { const: stated.name },
            version: { type: 'string' },
            rows: { type: 'array', maxItems: MOST_ROWS, items: { $ref: '#/components/schemas/Row' } },
            nextPageToken: {
              type: 'string',
              description: 'Sent as pageToken it gives the next page; missing on the last',
            },
          },
        },
        Problem: { type: 'object', required: ['message'], properties: { message: { type: 'string' } } },
      },
      securitySchemes: {
        sigv4: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: "AWS Signature Version 4 of 'execute-api'",
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
      },
    },
  };
}

const PROBLEM = { $ref: '#/components/schemas/Problem' };

function answer(description: string, schema: Schema): Schema {
  return { description, content: { 'application/json': { schema } } };
}

function parametersOf(schema: RecordSchema): Schema[] {
  const query = (name: string, description: string, of: Schema) => ({ name, in: 'query', description, schema: of });
  const filters = servedColumns(schema).flatMap((column, index) => {
    const { doc, type } = schema._fields[index];
    if (!isFilter(column)) return [];
    return Object.entries(COMPARISONS).map(([suffix, comparison]) =>
      query(
        column.name + suffix,
        `${column.name} ${comparison} this${doc && suffix === '' ? `. ${doc}` : ''}`,
        valueSchema(type),
      ),
    );
  });
  return [
    query('pageSize', 'Most rows of the page', { type: 'integer', minimum: 1, maximum: MOST_ROWS, default: PAGE_SIZE }),
    query('pageToken', 'nextPageToken of the page before', { type: 'string' }),
    ...filters,
  ];
}

function rowSchema(fields: readonly FieldNode[]): Schema {
  return {
    type: 'object',
    required: fields.map(({ name }) => name),
    properties: Object.fromEntries(
      fields.map(({ name, doc, type, required }) => [
        name,
        { ...(doc === undefined ? {} : { description: doc }), ...orNull(valueSchema(type), !required) },
      ]),
    ),
  };
}

function orNull(schema: Schema, nullable: boolean): Schema {
  return nullable ? { ...schema, type: [schema.type, 'null'] } : schema;
}

/** A value as it is answered: exact, so that decimals are strings. */
function valueSchema(type: TypeNode): Schema {
  switch (type.kind) {
    case 'list':
      return { type: 'array', items: orNull(nestedSchema(type.element), !type.elementRequired) };
    case 'map':
      return { type: 'object', additionalProperties: orNull(nestedSchema(type.value), !type.valueRequired) };
    case 'struct':
      return {
        type: 'object',
        properties: Object.fromEntries(
          type.fields.map((field) => [field.name, orNull(nestedSchema(field.type), !field.required)]),
        ),
      };
  }
  switch (type.base) {
    case 'boolean':
      return { type: 'boolean' };
    case 'int':
      return { type: 'integer', format: 'int32' };
    case 'long':
      return { type: 'integer', format: 'int64' };
    case 'float':
    case 'double':
      return { type: 'number', format: type.base };
    case 'decimal':
      return { type: 'string', format: 'decimal', description: type.text };
    case 'date':
      return { type: 'string', format: 'date' };
    case 'timestamptz':
      return { type: 'string', format: 'date-time' };
    case 'uuid':
      return { type: 'string', format: 'uuid' };
    case 'fixed':
    case 'binary':
      return { type: 'string', contentEncoding: 'base64' };
    case 'string':
    case 'time':
    case 'timestamp':
      return { type: 'string' };
  }
}

/** Inside of lists, maps and structs the engine writes JSON, whose numbers decimals are there. */
function nestedSchema(type: TypeNode): Schema {
  return type.kind === 'primitive' && type.base === 'decimal' ? { type: 'number' } : valueSchema(type);
}
