import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import type { Construct } from 'constructs';
import type { ILakeTable } from '../../ports';
import type { LakeResource } from './permission-chain';

export interface Cells {
  readonly table: Pick<ILakeTable, 'databaseName' | 'tableName'>;
  readonly columns?: readonly string[];
  readonly excludedColumns?: readonly string[];
  readonly rowFilter?: string;
}

/** Some columns and rows of a table. Its name tells its content: a filter that is changed is made before the old one goes. */
export function cellsFilter(scope: Construct, id: string, cells: Cells): lakeformation.CfnDataCellsFilter {
  const { table, columns, excludedColumns, rowFilter } = cells;
  const content = JSON.stringify([columns, excludedColumns, rowFilter]);
  const name = `${id}-${createHash('sha256').update(content).digest('hex').slice(0, 8)}`;
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- stands in the scope of its caller
  return new lakeformation.CfnDataCellsFilter(scope, `Filter-${id}`, {
    tableCatalogId: Stack.of(scope).account,
    databaseName: table.databaseName,
    tableName: table.tableName,
    name,
    ...(columns
      ? { columnNames: [...columns] }
      : { columnWildcard: { excludedColumnNames: [...(excludedColumns ?? [])] } }),
    rowFilter: rowFilter === undefined ? { allRowsWildcard: {} } : { filterExpression: rowFilter },
  });
}

/** A filter as what is permitted on. */
export function onCells(filter: lakeformation.CfnDataCellsFilter): LakeResource {
  const { tableCatalogId, databaseName, tableName, name } = filter;
  return { dataCellsFilter: { tableCatalogId, databaseName, tableName, name } };
}
