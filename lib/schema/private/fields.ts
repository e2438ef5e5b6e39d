import { SchemaError } from './errors';
import { FieldNode, TypeNode, typeText } from './type-node';

/** What is read of a `Column`; spelled out so that this module does not import the one that imports it. */
interface ColumnInput {
  readonly name: string;
  readonly type: { readonly _node: TypeNode };
  readonly required?: boolean;
  readonly doc?: string;
  readonly positive?: boolean;
  readonly wireName?: string;
  readonly renamedFrom?: readonly string[];
}

const NUMERIC = new Set(['int', 'long', 'float', 'double', 'decimal']);
const MAX_NAME_LENGTH = 255;

/**
 * Checks the columns of a record or struct and gives them as plain fields.
 *
 * @param owner how messages name the record, e.g. `trades`
 */
export function fieldsOf(owner: string, columns: ColumnInput[]): FieldNode[] {
  if (columns.length === 0) {
    throw new SchemaError(`${owner}: has no columns; declare at least one.`);
  }
  const seen = new Map<string, string>();
  const wireNames = new Map<string, string>();
  return columns.map((column) => {
    checkName(owner, column.name);
    const folded = column.name.toLowerCase();
    const twin = seen.get(folded);
    if (twin !== undefined) {
      throw new SchemaError(
        `${owner}: columns '${twin}' and '${column.name}' are one to Glue and Athena, which ignore case; rename one.`,
      );
    }
    seen.set(folded, column.name);
    const wireName = column.wireName ?? column.name;
    checkWireName(owner, column.name, wireName, wireNames);
    const type: TypeNode = column.type._node;
    checkPositive(owner, column, type);
    checkRenames(owner, column, columns);
    return {
      name: column.name,
      wireName,
      required: column.required ?? false,
      positive: column.positive ?? false,
      doc: column.doc,
      ...(column.renamedFrom === undefined ? {} : { renamedFrom: [...column.renamedFrom] }),
      type,
    };
  });
}

function checkName(owner: string, name: string): void {
  if (name.trim() === '') {
    throw new SchemaError(`${owner}: a column has an empty name; give it one.`);
  }
  if (name.length > MAX_NAME_LENGTH) {
    throw new SchemaError(
      `${owner}: column '${name}' is longer than Glue's ${MAX_NAME_LENGTH} characters; shorten it.`,
    );
  }
  // A dot separates the steps of a path in the ledger and in Iceberg's own nested names.
  if (/[.\p{Cc}]/u.test(name) || name !== name.trim()) {
    throw new SchemaError(
      `${owner}: column ${JSON.stringify(name)} has a dot, a control character or blanks around it; use letters, digits and underscores.`,
    );
  }
}

function checkWireName(owner: string, name: string, wireName: string, wireNames: Map<string, string>): void {
  if (wireName === '') {
    throw new SchemaError(`${owner}: column '${name}' has an empty wireName; name the field of the source's JSON.`);
  }
  const twin = wireNames.get(wireName);
  if (twin !== undefined) {
    throw new SchemaError(
      `${owner}: columns '${twin}' and '${name}' both read the source's field '${wireName}'; give one another wireName.`,
    );
  }
  wireNames.set(wireName, name);
}

function checkPositive(owner: string, column: ColumnInput, type: TypeNode): void {
  if (column.positive && !(type.kind === 'primitive' && NUMERIC.has(type.base))) {
    throw new SchemaError(
      `${owner}: column '${column.name}' is ${typeText(type)} and cannot be positive; only numbers can.`,
    );
  }
}

/** A name that is in use, or that two columns claim, would leave open which column has the old values. */
function checkRenames(owner: string, column: ColumnInput, columns: readonly ColumnInput[]): void {
  for (const former of column.renamedFrom ?? []) {
    if (columns.some(({ name }) => name === former)) {
      throw new SchemaError(
        `${owner}: column '${column.name}' is renamedFrom '${former}', which is a column itself; leave renamedFrom out once the ledger is locked.`,
      );
    }
    const rival = columns.find(({ name, renamedFrom }) => name !== column.name && renamedFrom?.includes(former));
    if (rival !== undefined) {
      throw new SchemaError(
        `${owner}: columns '${column.name}' and '${rival.name}' are both renamedFrom '${former}'; only one can have its values.`,
      );
    }
  }
}
