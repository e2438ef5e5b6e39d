import type { CfnTable, CfnTableProps } from 'aws-cdk-lib/aws-s3tables';
import type { IcebergTableShape } from '../../schema';

/** What the renderer needs to know about a table. */
export interface S3TableRendering {
  readonly tableBucketArn: string;
  readonly namespaceName: string;
  readonly tableName: string;
  /** The schema with every id. */
  readonly shape: IcebergTableShape;
  readonly properties: Record<string, string>;
}

// Iceberg reserves order id 0 for "unsorted". https://iceberg.apache.org/spec/#sorting
const FIRST_SORT_ORDER_ID = 1;

/**
 * The one place where a table of S3 Tables becomes CloudFormation.
 *
 * All of `IcebergMetadata` is create-only, so that nothing stands there that may change with the table's meaning
 * unchanged: no descriptions of columns. Schemas of version 2 carry ids, and nested types as Iceberg's JSON.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3tables-table-icebergmetadata.html (2026-11-28)
 */
export function renderS3Table({ tableBucketArn, namespaceName, tableName, ...rest }: S3TableRendering): CfnTableProps {
  return {
    tableBucketArn,
    namespace: namespaceName,
    tableName,
    openTableFormat: 'ICEBERG',
    icebergMetadata: renderMetadata(rest),
  };
}

function renderMetadata({
  shape,
  properties,
}: Pick<S3TableRendering, 'shape' | 'properties'>): CfnTable.IcebergMetadataProperty {
  return {
    icebergSchemaV2: {
      schemaV2FieldType: 'struct',
      schemaV2FieldList: shape.schema.fields.map(({ id, name, required, type }) => ({ id, name, required, type })),
      identifierFieldIds: shape.identifierFieldIds.length > 0 ? shape.identifierFieldIds : undefined,
    },
    icebergPartitionSpec: shape.partitionSpec.length > 0 ? { fields: shape.partitionSpec } : undefined,
    icebergSortOrder:
      shape.sortOrder.length > 0 ? { orderId: FIRST_SORT_ORDER_ID, fields: shape.sortOrder } : undefined,
    tableProperties: properties,
  };
}
