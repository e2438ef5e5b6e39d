import { ColumnType } from '../../../../lib/schema';
import { columnTypeOf } from '../../../../lib/mesh/private/column-type-text';
import type { TypeNode } from '../../../../lib/schema/private/type-node';

/** As much of a property of the standard as is read and written here. */
export interface OdcsProperty {
  readonly name?: string;
  readonly logicalType?: string;
  readonly physicalType?: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly classification?: string;
  readonly unique?: boolean;
  readonly primaryKey?: boolean;
  readonly primaryKeyPosition?: number;
  readonly transformSourceObjects?: readonly string[];
  readonly items?: OdcsProperty;
  readonly properties?: readonly OdcsProperty[];
  readonly quality?: readonly OdcsQuality[];
  readonly customProperties?: readonly { readonly property: string; readonly value: unknown }[];
}

/** One check of the standard. */
export interface OdcsQuality {
  readonly type?: string;
  readonly metric?: string;
  readonly mustBe?: unknown;
  readonly arguments?: { readonly properties?: readonly string[] };
}

const LOGICAL: { readonly [base: string]: string } = {
  boolean: 'boolean',
  int: 'integer',
  long: 'integer',
  float: 'number',
  double: 'number',
  decimal: 'number',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
};

/** The standard's types of a column: the logical one, what is nested, and Iceberg's own text as the physical one. */
export function odcsTypeOf(type: ColumnType): OdcsProperty {
  return { ...nodeType(type._node), physicalType: type.toString() };
}

function nodeType(node: TypeNode): OdcsProperty {
  switch (node.kind) {
    case 'primitive':
      return { logicalType: LOGICAL[node.base] ?? 'string' };
    case 'list':
      return { logicalType: 'array', items: nodeType(node.element) };
    case 'map':
      return { logicalType: 'object' };
    case 'struct':
      return {
        logicalType: 'object',
        properties: node.fields.map(({ name, type }) => ({ name, ...nodeType(type) })),
      };
  }
}

/** Types of other engines by their first word, where they are not spelled as Iceberg's. */
const FOREIGN: { readonly [word: string]: string } = {
  bigint: 'long',
  bool: 'boolean',
  bytea: 'binary',
  char: 'string',
  character: 'string',
  datetime: 'timestamp',
  'double precision': 'double',
  float4: 'float',
  float8: 'double',
  int4: 'int',
  int8: 'long',
  int64: 'long',
  integer: 'int',
  real: 'float',
  smallint: 'int',
  text: 'string',
  timestamp_ntz: 'timestamp',
  timestamp_tz: 'timestamptz',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  varbinary: 'binary',
  varchar: 'string',
};
const BY_LOGICAL: { readonly [logical: string]: string } = {
  string: 'string',
  date: 'date',
  timestamp: 'timestamptz',
  time: 'time',
  number: 'double',
  integer: 'long',
  boolean: 'boolean',
};

/** Our text of a property's type; undefined when neither of its types says one. */
export function typeTextOf(property: OdcsProperty): string | undefined {
  return physical(property.physicalType) ?? logical(property);
}

function physical(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const text = given.trim().toLowerCase();
  const word = text.replace(/\s*\(.*\)/, '');
  const decimal = /^(?:decimal|numeric|number)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$/.exec(text);
  const ours = decimal ? `decimal(${decimal[1]}, ${decimal[2] ?? 0})` : (FOREIGN[word] ?? text);
  try {
    return columnTypeOf(ours).toString();
  } catch {
    return undefined;
  }
}

function logical(property: OdcsProperty): string | undefined {
  if (property.logicalType === 'array') {
    const element = property.items && typeTextOf(property.items);
    return element && `list<${element}>`;
  }
  if (property.logicalType === 'object') {
    const fields = (property.properties ?? []).map((each) => [each.name, typeTextOf(each)]);
    if (fields.length === 0 || fields.some((each) => each.includes(undefined))) return undefined;
    return `struct<${fields.map(([name, type]) => `${name}: ${type}`).join(', ')}>`;
  }
  return BY_LOGICAL[property.logicalType ?? ''];
}
