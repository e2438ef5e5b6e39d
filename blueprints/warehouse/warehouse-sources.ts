import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../../lib/foundation/private/acknowledge';
import { IngestionSync, SyncCompute, SyncConnector, type TaskPlatform } from '../../lib/warehouse';
import { WAREHOUSE_RECORDS } from './records';
import type { IWarehouse } from '../../lib/ports';
import { recordNames, type SourceSettings, type WarehouseSettings } from './settings';

export interface WarehouseSourcesProps {
  readonly settings: WarehouseSettings;
  readonly platform: TaskPlatform;
  readonly warehouse: IWarehouse;
}

/** A sync of the blueprint, with its expression of EventBridge Scheduler. */
export interface BlueprintSync {
  readonly sync: IngestionSync;
  readonly schedule?: string;
}

/** The syncs of blueprint.yaml. */
export class WarehouseSources extends Construct {
  /** The connectors of Airbyte that the tasks' image has to carry. */
  public static airbyteConnectors({ sources }: WarehouseSettings): string[] {
    return sources
      .filter(({ connector }) => connector === 'airbyte')
      .map(({ definition }) => (definition.airbyte as { connector: string }).connector);
  }

  public readonly syncs: readonly BlueprintSync[];
  /** Outputs of the stack, by their names. */
  public readonly outputs: { readonly [name: string]: string };

  public constructor(scope: Construct, id: string, props: WarehouseSourcesProps) {
    super(scope, id);
    const outputs: { [name: string]: string } = {};
    this.syncs = props.settings.sources.map((source) => {
      const title = titleOf(source.name);
      const secret = this.secretOf(source, title, props.platform);
      if (secret) outputs[`${title}SecretArn`] = secret.secretArn;

      const sync = IngestionSync.dlt(this, title, {
        platform: props.platform,
        warehouse: props.warehouse,
        sourceName: source.name,
        dataset: source.dataset,
        connector: connectorOf(source),
        configuration: { ...source.definition, records: recordsOf(source) },
        secret,
        compute: source.compute === 'lambda' ? SyncCompute.LAMBDA : SyncCompute.FARGATE,
      });
      if (sync.taskDefinitionArn) outputs[`${title}TaskArn`] = sync.taskDefinitionArn;
      return { sync, schedule: source.schedule };
    });
    this.outputs = outputs;
  }

  /** The secret that exists, or one of the stack's own to be filled by hand, where the source asks for something. */
  private secretOf(source: SourceSettings, title: string, platform: TaskPlatform): secretsmanager.ISecret | undefined {
    if (source.secretArn) {
      return secretsmanager.Secret.fromSecretCompleteArn(this, `${title}Secret`, source.secretArn);
    }
    const keys = secretKeys(source);
    if (keys.length === 0) return undefined;

    const secret = new secretsmanager.Secret(this, `${title}Secret`, {
      description: `What the source ${source.name} asks for; fill in ${keys.join(', ')}`,
      encryptionKey: platform.key.key,
      generateSecretString: {
        secretStringTemplate: JSON.stringify(Object.fromEntries(keys.map((key) => [key, '']))),
        generateStringKey: 'never_read',
      },
    });
    acknowledge(
      secret,
      ['AwsSolutions-SMG4', 'NIST.800.53.R5-SecretsManagerRotationEnabled', 'CKV2_AWS_57'],
      'What it holds is issued by the source, which alone can issue another.',
    );
    return secret;
  }
}

/** `exchange_api` as `ExchangeApi`. */
function titleOf(name: string): string {
  return name.replace(/(^|_)([a-z0-9])/g, (_match, _start, letter: string) => letter.toUpperCase());
}

function connectorOf({ connector, definition }: SourceSettings): SyncConnector {
  if (connector === 'airbyte') return SyncConnector.AIRBYTE;
  if (connector === 'postgres') return SyncConnector.postgres((definition.sql_database as { port: number }).port);
  return SyncConnector.HTTP;
}

/** The records that tables of the source name. */
function recordsOf({ name, definition }: SourceSettings): object {
  const named = recordNames(definition);
  const records = (WAREHOUSE_RECORDS[name] ?? []).filter((record) => named.includes(record.name));
  return Object.fromEntries(records.map((record) => [record.name, record.toConformSpec()]));
}

/** The keys of its secret that a source's file names; a database's login besides. */
function secretKeys({ connector, definition }: SourceSettings): string[] {
  const named = [...JSON.stringify(definition).matchAll(/\{secret:([^}]+)\}/g)].map(([, key]) => key);
  return [...new Set([...(connector === 'postgres' ? ['username', 'password'] : []), ...named])];
}
