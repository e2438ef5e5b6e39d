/** What a `ColumnType` is inside: plain data, so that every renderer is one exhaustive switch. */
export type TypeNode = PrimitiveNode | ListNode | MapNode | StructNode;

export type PrimitiveBase =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'decimal'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'string'
  | 'uuid'
  | 'fixed'
  | 'binary';

export interface PrimitiveNode {
  readonly kind: 'primitive';
  readonly base: PrimitiveBase;
  /** Iceberg's own text of the type, e.g. `decimal(18, 8)` or `fixed[16]`. */
  readonly text: string;
  /** Total digits of a decimal. */
  readonly precision?: number;
  /** Decimals of a decimal. */
  readonly scale?: number;
}

export interface ListNode {
  readonly kind: 'list';
  readonly element: TypeNode;
  readonly elementRequired: boolean;
}

export interface MapNode {
  readonly kind: 'map';
  readonly key: TypeNode;
  readonly value: TypeNode;
  readonly valueRequired: boolean;
}

export interface StructNode {
  readonly kind: 'struct';
  readonly fields: FieldNode[];
}

export interface FieldNode {
  readonly name: string;
  readonly wireName: string;
  readonly required: boolean;
  readonly positive: boolean;
  readonly doc?: string;
  /** Names that the field had before. */
  readonly renamedFrom?: readonly string[];
  readonly type: TypeNode;
}

/** The type in one line and without ids, e.g. `list<decimal(18, 8)>`: for messages. */
export function typeText(type: TypeNode): string {
  switch (type.kind) {
    case 'primitive':
      return type.text;
    case 'list':
      return `list<${typeText(type.element)}>`;
    case 'map':
      return `map<${typeText(type.key)}, ${typeText(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join(', ')}>`;
  }
}
