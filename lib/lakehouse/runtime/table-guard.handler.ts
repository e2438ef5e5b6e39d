import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetTableMetadataLocationCommand, S3TablesClient } from '@aws-sdk/client-s3tables';
import { customResourceHandler } from '../../foundation/runtime/custom-resource';
import { type GuardSources, guardTable } from './table-guard';

const glue = new GlueClient();
const s3 = new S3Client();
const s3Tables = new S3TablesClient();
const cloudFormation = new CloudFormationClient();

const sources: GuardSources = {
  async getTable({ catalogId, databaseName, tableName }) {
    return glue.send(new GetTableCommand({ CatalogId: catalogId, DatabaseName: databaseName, Name: tableName }));
  },
  async getS3TableMetadataLocation({ tableBucketArn, namespace, tableName }) {
    const { metadataLocation } = await s3Tables.send(
      new GetTableMetadataLocationCommand({ tableBucketARN: tableBucketArn, namespace, name: tableName }),
    );
    return metadataLocation;
  },
  async getObject(bucket, key) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body ? Body.transformToByteArray() : new Uint8Array();
  },
  async stackStatus(stackId) {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
    return Stacks?.[0]?.StackStatus ?? '';
  },
  async pause(milliseconds) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  },
};

/** Looks at an Iceberg table before CloudFormation creates or changes it. Reads; never writes. */
export const handler = customResourceHandler((event) => guardTable(sources, event));
