import { stringify } from 'yaml';
import type { DataProductContract } from '../../../lib/mesh';
import type { Column } from '../../../lib/schema';
import type { TypeNode } from '../../../lib/schema/private/type-node';
import { UserError } from '../../cli-errors';

/**
 * Types of Redshift, by Iceberg's. What is nested is SUPER there.
 *
 * @see https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html (2026-11-28)
 */
const REDSHIFT: { readonly [base: string]: string } = {
  boolean: 'boolean',
  int: 'integer',
  long: 'bigint',
  float: 'real',
  double: 'double precision',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  string: 'varchar',
  uuid: 'varchar(36)',
  fixed: 'varbyte',
  binary: 'varbyte',
};

/**
 * The contract as dbt enforces it: a `models` file with an enforced model contract (names and types of columns,
 * constraints) and the tests of dbt that the contract's tests are, for each table of the product.
 *
 * @throws UserError for a product without a table or without columns
 * @see https://docs.getdbt.com/docs/mesh/govern/model-contracts (2026-11-28)
 */
export function dbtModelsOf(contract: DataProductContract): string {
  const { stated, file } = contract;
  const { schema } = stated;
  if (stated.tables.length === 0) {
    throw new UserError(`${file}: has no interface of type table, and a dbt model is one; add the interface.`);
  }
  if (schema === undefined) {
    throw new UserError(
      `${file}: does not write out its columns, which an enforced contract needs; add 'schema.columns'.`,
    );
  }
  const models = stated.tables.map(({ tableName }) => ({
    name: tableName,
    description: stated.description,
    config: {
      contract: { enforced: true },
      meta: {
        data_product: stated.name,
        version: stated.version,
        owner: stated.owner,
        classification: stated.classification,
      },
    },
    ...constraints(contract),
    columns: schema.columns.map((column) => columnOf(contract, column)),
  }));
  return stringify({ version: 2, models }, { lineWidth: 120 });
}

/** Over several columns; those of one stand with it. */
function constraints({ stated: { schema, tests } }: DataProductContract): object {
  const key = schema?.key ?? [];
  const found = [
    ...(key.length > 1 ? [{ type: 'primary_key', columns: key }] : []),
    ...tests.unique.filter((columns) => columns.length > 1).map((columns) => ({ type: 'unique', columns })),
  ];
  return found.length === 0 ? {} : { constraints: found };
}

function columnOf({ stated: { schema, tests } }: DataProductContract, column: Column): object {
  const { name, required, doc, sensitivity } = column;
  const isKey = schema?.key.length === 1 && schema.key[0] === name;
  const found = [...(required ? [{ type: 'not_null' }] : []), ...(isKey ? [{ type: 'primary_key' }] : [])];
  const dataTests = [
    ...(tests.unique.some((columns) => columns.length === 1 && columns[0] === name) ? ['unique'] : []),
    ...(tests.notNull.includes(name) ? ['not_null'] : []),
  ];
  return {
    name,
    data_type: redshiftType(column.type._node),
    ...(doc === undefined ? {} : { description: doc }),
    ...(sensitivity === undefined ? {} : { config: { meta: { classification: sensitivity } } }),
    ...(found.length === 0 ? {} : { constraints: found }),
    ...(dataTests.length === 0 ? {} : { data_tests: dataTests }),
  };
}

function redshiftType(node: TypeNode): string {
  if (node.kind !== 'primitive') return 'super';
  return node.base === 'decimal' ? `numeric(${node.precision}, ${node.scale})` : REDSHIFT[node.base];
}
