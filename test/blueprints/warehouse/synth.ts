import { join } from 'node:path';
import type { App, Environment } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { loadWarehouseSettings, type WarehouseSettings } from '../../../blueprints/warehouse/settings';
import { TradingWarehouseStack } from '../../../blueprints/warehouse/stack';
import { newApp } from '../lakehouse/synth';

export const DIRECTORY = join(__dirname, '../../../blueprints/warehouse');
export const SETTINGS = loadWarehouseSettings(DIRECTORY).settings;

export interface SynthOptions {
  readonly settings?: Partial<WarehouseSettings>;
  readonly env?: Environment;
  readonly app?: App;
  readonly name?: string;
}

export function newStack({ settings, env, app = newApp(), name = 'TradingWarehouseStack' }: SynthOptions = {}) {
  return new TradingWarehouseStack(app, name, { env, directory: DIRECTORY, settings: { ...SETTINGS, ...settings } });
}

export function synth(options?: SynthOptions): Template {
  return Template.fromStack(newStack(options));
}

export const CERTIFICATE = {
  service: 'metabase',
  certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0f3c1d1e-0000-4000-8000-000000000000',
  domainName: 'metabase.trading.example',
} as const;

export interface Variant {
  readonly name: string;
  readonly settings: Partial<WarehouseSettings>;
}

/** Every option of blueprint.yaml that changes which resources there are, in both profiles. */
export const VARIANTS: readonly Variant[] = [
  { name: 'warehouse, sandbox', settings: { profile: 'sandbox' } },
  { name: 'warehouse, production', settings: { profile: 'production', bi: CERTIFICATE } },
  {
    name: 'warehouse, without Metabase',
    settings: { profile: 'sandbox', bi: { service: 'none', certificateArn: '', domainName: '' } },
  },
  {
    name: 'warehouse, every option on',
    settings: {
      profile: 'production',
      bi: CERTIFICATE,
      alarms: { email: 'team@example.com' },
      transformation: { slim: true },
      sources: SETTINGS.sources.map((source) => ({ ...source, compute: 'lambda' })),
      warehouse: { ...SETTINGS.warehouse, dailyRpuHours: 100 },
    },
  },
  {
    name: 'warehouse, of another engine',
    settings: {
      profile: 'production',
      bi: { service: 'none', certificateArn: '', domainName: '' },
      warehouse: {
        ...SETTINGS.warehouse,
        engine: 'snowflake',
        connection: {
          account: 'acme-trading',
          virtualWarehouse: 'LOADING',
          secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:warehouse-AbCdEf',
        },
      },
    },
  },
];
