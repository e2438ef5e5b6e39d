import { Duration, Stack } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../../../lib/foundation';
import { IngestionMode, LakePipeline, MedallionLake, MedallionLayer } from '../../../lib/lakehouse';
import { QualityGate, QueryWorkgroup, SqlJob, StreamToBronzeJob } from '../../../lib/lakehouse';
import type { IEventTopic } from '../../../lib/ports';
import { ColumnType, PartitionTransform, RecordSchema, SchemaLedger } from '../../../lib/schema';

const payments = new RecordSchema({
  name: 'payment',
  key: ['payment_id'],
  columns: [
    { name: 'payment_id', type: ColumnType.STRING, required: true },
    { name: 'amount', type: ColumnType.decimal(18, 2), required: true, positive: true },
    { name: 'paid_at', type: ColumnType.TIMESTAMPTZ, required: true },
  ],
});
const raw = new RecordSchema({
  name: 'raw',
  columns: [
    { name: 'raw_payload', type: ColumnType.STRING },
    { name: 'source', type: ColumnType.STRING },
    { name: 'ingested_at', type: ColumnType.TIMESTAMPTZ },
  ],
});

export interface PaymentsLakehouseProps {
  readonly topic: IEventTopic;
  /** The folder with `schemas.lock.json`, `silver.sql` and `gold.sql`. */
  readonly directory: string;
}

export class PaymentsLakehouse extends Stack {
  constructor(scope: Construct, id: string, { topic, directory }: PaymentsLakehouseProps) {
    super(scope, id);
    const lake = new MedallionLake(this, 'Lake', {
      ledger: SchemaLedger.fromFile(`${directory}/schemas.lock.json`),
      profile: DeploymentProfile.SANDBOX,
    });
    const bronze = lake.addTable(MedallionLayer.BRONZE, { tableName: 'payments', schema: raw });
    const silver = lake.addTable(MedallionLayer.SILVER, {
      tableName: 'payments',
      schema: payments.conformed(),
      partitionedBy: [PartitionTransform.day('paid_at')],
    });

    new StreamToBronzeJob(this, 'Ingestion', {
      lake,
      topic,
      table: bronze,
      ingestion: IngestionMode.every(Duration.minutes(10)),
    });
    new LakePipeline(this, 'Pipeline', {
      lake,
      silver: new SqlJob(this, 'Silver', {
        lake,
        sqlFiles: [`${directory}/silver.sql`],
        record: payments,
        reads: [bronze],
        writes: [silver],
      }),
      qualityGate: new QualityGate(this, 'Quality', { lake, record: payments, table: silver, source: bronze }),
      gold: new SqlJob(this, 'Gold', { lake, sqlFiles: [`${directory}/gold.sql`], reads: [silver] }),
      schedule: ScheduleExpression.rate(Duration.hours(6)),
    });
    new QueryWorkgroup(this, 'Queries', { lake }).addTimeTravelQueries(silver);
  }
}
