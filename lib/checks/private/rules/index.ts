import type { Rule } from '../rule';
import { ELASTICACHE_SERVERLESS } from './elasticache-serverless';
import { EMR_SERVERLESS } from './emr-serverless';
import { ICEBERG_TABLE } from './iceberg-table';
import { LAKE_FORMATION } from './lake-formation';
import { MSK_SERVERLESS } from './msk-serverless';
import { NETWORK } from './network';
import { REDSHIFT_SERVERLESS } from './redshift-serverless';
import { S3_TABLES } from './s3-tables';
import { TABLE_OPTIMIZER } from './table-optimizer';

/** Every rule of the pack. */
export const RULES: readonly Rule[] = [
  ...ICEBERG_TABLE,
  ...TABLE_OPTIMIZER,
  ...LAKE_FORMATION,
  ...S3_TABLES,
  ...MSK_SERVERLESS,
  ...ELASTICACHE_SERVERLESS,
  ...EMR_SERVERLESS,
  ...REDSHIFT_SERVERLESS,
  ...NETWORK,
];
