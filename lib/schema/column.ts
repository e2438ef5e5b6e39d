import { SchemaError } from './private/errors';
import { fieldsOf } from './private/fields';
import { PrimitiveBase, TypeNode, typeText } from './private/type-node';

/** How carefully a column's values must be handled; what a later access rule binds to. */
export enum Sensitivity {
  /** Anyone may see it. */
  PUBLIC = 'public',
  /** For everyone inside the organisation. */
  INTERNAL = 'internal',
  /** For those who need it for their work. */
  CONFIDENTIAL = 'confidential',
  /** Says something about a person, so that data-protection law binds it. */
  PERSONAL = 'personal',
}

/** Options of a list type. */
export interface ListTypeOptions {
  /**
   * Whether no element may be null.
   * @default false
   */
  readonly elementRequired?: boolean;
}

/** Options of a map type. */
export interface MapTypeOptions {
  /**
   * Whether no value may be null. Keys never are.
   * @default false
   */
  readonly valueRequired?: boolean;
}

/**
 * A type of the Iceberg table format, version 2.
 *
 * @see https://iceberg.apache.org/spec/#schemas-and-data-types
 */
export class ColumnType {
  /** True or false. */
  public static readonly BOOLEAN = ColumnType.primitive('boolean');
  /** 32-bit signed integer. */
  public static readonly INT = ColumnType.primitive('int');
  /** 64-bit signed integer. */
  public static readonly LONG = ColumnType.primitive('long');
  /** 32-bit IEEE 754 floating point. */
  public static readonly FLOAT = ColumnType.primitive('float');
  /** 64-bit IEEE 754 floating point. */
  public static readonly DOUBLE = ColumnType.primitive('double');
  /** Calendar date, without time or zone. */
  public static readonly DATE = ColumnType.primitive('date');
  /** Time of day in microseconds, without date or zone. Spark cannot read it. */
  public static readonly TIME = ColumnType.primitive('time');
  /** Date and time in microseconds, without zone (Spark's TIMESTAMP_NTZ). */
  public static readonly TIMESTAMP = ColumnType.primitive('timestamp');
  /** An instant in microseconds, stored as UTC (Spark's TIMESTAMP). */
  public static readonly TIMESTAMPTZ = ColumnType.primitive('timestamptz');
  /** UTF-8 text of any length. */
  public static readonly STRING = ColumnType.primitive('string');
  /** 16-byte universally unique identifier. */
  public static readonly UUID = ColumnType.primitive('uuid');
  /** Bytes of any length. */
  public static readonly BINARY = ColumnType.primitive('binary');

  /**
   * An exact number.
   *
   * @param precision total digits, 1 to 38
   * @param scale digits after the point, 0 to `precision`
   */
  public static decimal(precision: number, scale: number): ColumnType {
    if (!isWhole(precision, 1, 38)) {
      throw new SchemaError(`decimal(${precision}, ${scale}): the precision must be a whole number from 1 to 38.`);
    }
    if (!isWhole(scale, 0, precision)) {
      throw new SchemaError(
        `decimal(${precision}, ${scale}): the scale must be a whole number from 0 to the precision, ${precision}.`,
      );
    }
    // Iceberg and Glue both store the space; a type text without it makes Glue refuse every later update.
    return new ColumnType({
      kind: 'primitive',
      base: 'decimal',
      text: `decimal(${precision}, ${scale})`,
      precision,
      scale,
    });
  }

  /**
   * Bytes of one length.
   *
   * @param length number of bytes, at least 1
   */
  public static fixed(length: number): ColumnType {
    if (!isWhole(length, 1, 0x7fffffff)) {
      throw new SchemaError(`fixed[${length}]: the length must be a whole number of bytes, at least 1.`);
    }
    return new ColumnType({ kind: 'primitive', base: 'fixed', text: `fixed[${length}]` });
  }

  /**
   * A list of elements of one type.
   *
   * @param element type of an element, itself nested if you like
   */
  public static list(element: ColumnType, options: ListTypeOptions = {}): ColumnType {
    return new ColumnType({
      kind: 'list',
      element: element._node,
      elementRequired: options.elementRequired ?? false,
    });
  }

  /**
   * A map from keys to values.
   *
   * @param key type of a key; keys are never null
   * @param value type of a value
   */
  public static map(key: ColumnType, value: ColumnType, options: MapTypeOptions = {}): ColumnType {
    return new ColumnType({
      kind: 'map',
      key: key._node,
      value: value._node,
      valueRequired: options.valueRequired ?? false,
    });
  }

  /**
   * Named fields in an order.
   *
   * @param columns at least one; names differ by more than their case
   */
  public static struct(columns: Column[]): ColumnType {
    return new ColumnType({ kind: 'struct', fields: fieldsOf('struct', columns) });
  }

  private static primitive(base: PrimitiveBase): ColumnType {
    return new ColumnType({ kind: 'primitive', base, text: base });
  }

  /** @internal */
  public readonly _node: TypeNode;

  private constructor(node: TypeNode) {
    this._node = node;
  }

  /** The type in one line, e.g. `decimal(18, 8)` or `list<string>`. */
  public toString(): string {
    return typeText(this._node);
  }
}

/** One column of a record, or one field of a struct. */
export interface Column {
  /** Name; Glue and Athena compare names without regard to case. */
  readonly name: string;

  /** Type of the values. */
  readonly type: ColumnType;

  /**
   * Whether the value must be present.
   * @default false
   */
  readonly required?: boolean;

  /**
   * What the column means, for people and catalogs.
   * @default - no description
   */
  readonly doc?: string;

  /**
   * How carefully the values must be handled.
   * @default - not classified
   */
  readonly sensitivity?: Sensitivity;

  /**
   * Whether only values above zero are valid. For numeric types only.
   * @default false
   */
  readonly positive?: boolean;

  /**
   * Name of the field in the source's JSON.
   * @default - the column's name
   */
  readonly wireName?: string;

  /**
   * Names that the column had before. With them `data-patterns schema lock` gives the column the id, and so the values,
   * of the one that is gone; a rename is never guessed. Once the ledger is locked they may be left out.
   * @default - never renamed
   */
  readonly renamedFrom?: string[];
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
