import type { LakehouseSettings } from '../../../blueprints/lakehouse/settings';
import type { ExistingBrokers } from '../../../blueprints/trading/backbone';
import { DECLARE_SCHEMAS_CONTEXT } from '../../../lib/schema/private/declaration';
import { newApp, newStack, SETTINGS } from './synth';

export const EXISTING: ExistingBrokers = {
  bootstrapServers: 'b-1.x.kafka.eu-central-1.amazonaws.com:9098',
  clusterArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/x/0a-1',
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0'],
  availabilityZones: ['eu-central-1a'],
  securityGroupId: 'sg-0123456789abcdef0',
};

export const kafka = (changes: object) => ({
  sources: { ...SETTINGS.sources, kafka: { ...SETTINGS.sources.kafka, ...changes } },
});

/** Neither files nor requests. */
export const KAFKA_ALONE = {
  ...SETTINGS.sources,
  files: { ...SETTINGS.sources.files, enabled: false },
  http: { ...SETTINGS.sources.http, enabled: false },
};

export interface Variant {
  readonly name: string;
  readonly settings: Partial<LakehouseSettings>;
}

/** Every option of blueprint.yaml that changes which resources there are, in both profiles. */
export const VARIANTS: readonly Variant[] = (['sandbox', 'production'] as const).flatMap((profile) => [
  { name: profile, settings: { profile } },
  { name: `${profile}, MSK Serverless`, settings: { profile, ...kafka({ cluster: 'serverless' }) } },
  {
    name: `${profile}, existing brokers`,
    settings: { profile, ...kafka({ cluster: 'existing', existing: EXISTING }) },
  },
  { name: `${profile}, Kafka alone`, settings: { profile, sources: KAFKA_ALONE } },
  {
    name: `${profile}, every option on`,
    settings: {
      profile,
      bronze: { ingestion: 'continuous', everyMinutes: 1 },
      extensions: ['side', 'trader_id', 'venue'],
      alarms: { email: 'team@example.com' },
      maintenance: { tables: 'on', snapshotDays: 14 },
      exploration: { principalArn: 'arn:aws:iam::111122223333:role/scientists' },
      databases: { prefix: 'x_' },
    },
  },
]);

/** The variant in an app of its own, with ids for the columns that the ledger does not know. */
export function newVariant({ settings }: Variant) {
  const app = newApp({ [DECLARE_SCHEMAS_CONTEXT]: 'true' });
  return { app, stack: newStack({ app, settings }) };
}
