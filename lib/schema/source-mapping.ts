/** What the number in a source's message counts since 1970-01-01T00:00:00Z. */
export enum EpochUnit {
  /** Seconds. */
  SECONDS = 's',
  /** Milliseconds. */
  MILLISECONDS = 'ms',
  /** Microseconds. */
  MICROSECONDS = 'us',
  /** Nanoseconds. */
  NANOSECONDS = 'ns',
}

/** How one field of a record is read from a message. Exactly one of `path`, `template` and `constant` is given. */
export interface FieldReading {
  /**
   * The way to the value: `a.b`, `[0]` or `["odd name"]` from the record, `$.a` or `$[1]` from the whole message.
   * @default - not read from a path
   */
  readonly path?: string;

  /**
   * Text with paths in braces, such as `binance:{s}:{t}`; `{$index}` is the record's place in its message, `{$source}`
   * where the message came from. Missing when one of the values is.
   * @default - no template
   */
  readonly template?: string;

  /**
   * The same text for every record.
   * @default - no constant
   */
  readonly constant?: string;

  /**
   * What to put in place of the value at `path`, by that value's text; any other value is as if it were absent.
   * @default - the value itself
   */
  readonly values?: { [value: string]: string };

  /**
   * How many decimals the number at `path` is shifted by: with 4, 86735000 is 8673.5. Exact.
   * @default - the number itself
   */
  readonly scale?: number;

  /**
   * What the number at `path`, or in the text at `path`, counts since 1970. Exact; digits below a microsecond are cut.
   * @default - ISO-8601 text, or a number of milliseconds
   */
  readonly epoch?: EpochUnit;
}

/** What a message must have. */
export interface MessageCondition {
  /** The way to a value in the message, such as `type` or `[2]`. */
  readonly path: string;

  /**
   * Texts, whole numbers, booleans or null, one of which the value is.
   * @default - any value, as long as there is one
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- how jsii spells any scalar
  readonly is?: any[];
}

/** How messages of one source become records, without code. */
export interface SourceMapping {
  /** Name of the source, for messages. */
  readonly name: string;

  /**
   * Messages whose `source` in bronze begins so are of this mapping; others are records already.
   * @default - every message
   */
  readonly sourcePrefix?: string;

  /**
   * What a message with records has, all of it. One that has not is malformed, unless another mapping knows it.
   * @default - every message has records
   */
  readonly when?: MessageCondition[];

  /**
   * What messages of another kind have, any of it: they are counted and leave nothing in silver. Looked at first.
   * @default - no message is of another kind
   */
  readonly ignore?: MessageCondition[];

  /**
   * The way to the array with the records.
   * @default - a message is one record
   */
  readonly each?: string;

  /** How each field is read, by the name that the record has for it on the wire. */
  readonly fields: { [field: string]: FieldReading };
}
