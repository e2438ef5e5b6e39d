import { EXISTING } from '../lakehouse/variants';
import { SETTINGS, type SynthOptions } from './synth';

/** Brokers in two zones, as the hot store beside them wants. */
const EXISTING_BROKERS = {
  ...EXISTING,
  subnetIds: [...EXISTING.subnetIds, 'subnet-0fedcba9876543210'],
  availabilityZones: [...EXISTING.availabilityZones, 'eu-central-1b'],
};

export interface Variant extends Pick<SynthOptions, 'settings' | 'env'> {
  readonly name: string;
}

const inRegion = (region: string) => ({ env: { account: '111122223333', region } });
const backbone = (changes: object) => ({ backbone: { ...SETTINGS.backbone, ...changes } });

/** Every option of blueprint.yaml that changes which resources there are, in both profiles and in every partition. */
export const VARIANTS = {
  sandbox: { name: 'streaming, sandbox' },
  production: { name: 'streaming, production', settings: { profile: 'production' }, ...inRegion('eu-central-1') },
  serverless: {
    name: 'streaming, MSK Serverless',
    settings: { profile: 'production', ...backbone({ cluster: 'serverless' }) },
  },
  existing: {
    name: 'streaming, existing brokers',
    settings: { profile: 'production', ...backbone({ cluster: 'existing', existing: EXISTING_BROKERS }) },
  },
  least: {
    name: 'streaming, no producers but applications',
    settings: { producers: { http: { enabled: false, requestsPerSecond: 1 }, iot: { mqttTopics: '' } } },
    ...inRegion('cn-north-1'),
  },
  most: {
    name: 'streaming, every option on',
    settings: {
      profile: 'production',
      processing: {
        ...SETTINGS.processing,
        generations: [...SETTINGS.processing.generations, { number: 2, sql: 'flink' }],
      },
      serving: { ...SETTINGS.serving, provisionedPollers: 2 },
      alarms: { email: 'team@example.com' },
    },
    ...inRegion('us-gov-west-1'),
  },
} as const satisfies Readonly<Record<string, Variant>>;
