import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeploymentProfile, type IDataNetwork } from '../../../lib/foundation';
import { MedallionLake, type MedallionLakeProps } from '../../../lib/lakehouse';
import type { IEventTopic } from '../../../lib/ports';
import { ColumnType, PartitionTransform, RecordSchema, SchemaLedger } from '../../../lib/schema';
import { ledgerText } from '../../support/ledger';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a template holds has no type
export type Json = any;

const folder = mkdtempSync(join(tmpdir(), 'lakehouse-test-'));

/** A file in a temporary folder. */
export function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const RAW = {
  lastColumnId: 3,
  columns: [
    { id: 1, path: 'raw_payload', type: 'string' },
    { id: 2, path: 'source', type: 'string' },
    { id: 3, path: 'ingested_at', type: 'timestamptz' },
  ],
};

/** A ledger whose ids are chosen so that none is what counting would give. */
const LEDGER = ledgerText({
  'bronze.trades': RAW,
  'bronze.trades_of_version_3': { ...RAW, formatVersion: 3 },
  'silver.trades': {
    lastColumnId: 44,
    lastPartitionId: 1007,
    columns: [
      { id: 5, path: 'trade_id', type: 'string' },
      { id: 7, path: 'price', type: 'decimal(18, 8)' },
      { id: 11, path: 'traded_at', type: 'timestamptz' },
      { id: 20, path: 'is_valid', type: 'boolean' },
      { id: 31, path: 'validation_errors', type: 'list' },
      { id: 44, path: 'validation_errors.element', type: 'string' },
    ],
    partitions: [{ id: 1007, name: 'traded_at_day', transform: 'day', source: 11 }],
  },
  'gold.keyed': {
    identifierFields: [1],
    lastColumnId: 3,
    lastPartitionId: 1000,
    columns: [
      { id: 1, path: 'id', type: 'long', required: true },
      { id: 2, path: 'amount', type: 'double' },
    ],
    retiredColumns: [{ id: 3, path: 'note', type: 'string' }],
    retiredPartitions: [{ id: 1000, name: 'note_bucket', transform: 'bucket[4]', source: 3 }],
  },
});

export const ledger = SchemaLedger.fromFile(file('schemas.lock.json', LEDGER));

export const rawSchema = new RecordSchema({
  name: 'raw',
  columns: [
    { name: 'raw_payload', type: ColumnType.STRING },
    { name: 'source', type: ColumnType.STRING },
    { name: 'ingested_at', type: ColumnType.TIMESTAMPTZ },
  ],
});

export const tradeSchema = new RecordSchema({
  name: 'trade',
  key: ['trade_id'],
  columns: [
    { name: 'trade_id', type: ColumnType.STRING, required: true, doc: 'Identifies the trade' },
    { name: 'price', type: ColumnType.decimal(18, 8), required: true, positive: true },
    { name: 'traded_at', type: ColumnType.TIMESTAMPTZ, required: true, wireName: 'timestamp' },
  ],
});

export const keyedSchema = new RecordSchema({
  name: 'keyed',
  key: ['id'],
  columns: [
    { name: 'id', type: ColumnType.LONG, required: true },
    { name: 'amount', type: ColumnType.DOUBLE },
  ],
});

export const byDay = [PartitionTransform.day('traded_at')];

export function newStack(props: StackProps = {}, context: Record<string, unknown> = {}): Stack {
  return new Stack(new App({ context }), 'Stack', props);
}

export function newLake(scope: Construct, id = 'Lake', props: Partial<MedallionLakeProps> = {}): MedallionLake {
  return new MedallionLake(scope, id, { ledger, profile: DeploymentProfile.SANDBOX, ...props });
}

/** A topic on brokers of somewhere else, with IAM authentication. */
export class FakeTopic extends Construct implements IEventTopic {
  readonly topicName = 'trades';
  readonly bootstrapServers = 'b-1:9098,b-2:9098';
  readonly kafkaClientProperties: { [property: string]: string } = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'AWS_MSK_IAM',
    'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
  };
  readonly connections: ec2.Connections;

  constructor(
    scope: Construct,
    id: string,
    readonly network?: IDataNetwork,
  ) {
    super(scope, id);
    const securityGroups = network ? [new ec2.SecurityGroup(this, 'Brokers', { vpc: network.vpc })] : [];
    this.connections = new ec2.Connections({ securityGroups, defaultPort: ec2.Port.tcp(9098) });
  }

  grantConsume(grantee: iam.IGrantable, consumerGroup = '*'): iam.Grant {
    const arn = (resource: string) => `arn:aws:kafka:eu-central-1:111122223333:${resource}`;
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['kafka-cluster:ReadData'],
      resourceArns: [arn('topic/c/1/trades'), arn(`group/c/1/${consumerGroup}`)],
    });
  }

  grantProduce(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.drop(grantee, 'not needed here');
  }
}

export function template(stack: Stack): Template {
  return Template.fromStack(stack);
}

/** The properties of the only resource of a type. */
export function only(stack: Stack, type: string): Json {
  const found = Object.values(template(stack).findResources(type));
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
  return found[0];
}

/** The resources of a type, by logical id, without those with which a sandbox empties its bucket. */
export function resources(stack: Stack, type: string): Record<string, Json> {
  const all = Object.entries(template(stack).findResources(type));
  return Object.fromEntries(all.filter(([id]) => !id.includes('Emptier')));
}

/** All statements of all policies. */
export function statements(stack: Stack): Json[] {
  return Object.values(resources(stack, 'AWS::IAM::Policy')).flatMap(
    (policy) => policy.Properties.PolicyDocument.Statement,
  );
}

/** Text with its references replaced by `<LogicalId>`. */
export function flat(value: Json): string {
  if (typeof value === 'string') return value;
  if (value.Ref) return `<${value.Ref}>`;
  if (value['Fn::Sub']) return value['Fn::Sub'];
  if (value['Fn::Join']) return value['Fn::Join'][1].map(flat).join(value['Fn::Join'][0]);
  return `<${JSON.stringify(value)}>`;
}
