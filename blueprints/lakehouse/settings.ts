import * as path from 'node:path';
import type { SourceMapping } from '../../lib/schema';
import type { BackboneSettings } from '../trading/backbone';
import { type BlueprintFile, loadBlueprintFile } from '../trading/blueprint-file';
import type { UsageSettings } from '../trading/usage';
import type { TradeExtension } from '../trading/schemas';
import { loadSourceMapping } from '../trading/source-mapping';
import schema from './blueprint.schema.json';
import sourceSchema from './source.schema.json';

/** The settings of a blueprint.yaml of the lakehouse; blueprint.schema.json tells what each one means. */
export interface LakehouseSettings {
  /** How much it is used, for the cost that a review tells; a light use when left out. */
  readonly usage?: UsageSettings;
  readonly name: string;
  readonly profile: 'sandbox' | 'production';
  readonly sources: {
    readonly kafka: KafkaSettings;
    readonly files: { readonly enabled: boolean; readonly lookEveryMinutes: number };
    readonly http: { readonly enabled: boolean; readonly requestsPerSecond: number };
    /** How the messages of the topic become trades; left out when they are trades in our own form. */
    readonly mappings?: readonly SourceMapping[];
  };
  readonly bronze: { readonly ingestion: 'catch_up' | 'continuous'; readonly everyMinutes: number };
  /** An Amazon EventBridge expression, or 'off'. */
  readonly pipeline: { readonly schedule: string };
  readonly quality: { readonly maxInvalidShare: number; readonly freshnessHours: number };
  readonly retention: { readonly queryResultsDays: number; readonly logsDays: number };
  /** 'auto' is on in production and off in a sandbox. */
  readonly maintenance: { readonly tables: 'auto' | 'on' | 'off'; readonly snapshotDays: number };
  /** Who may take on the role of data scientists; an empty ARN stands for nobody. */
  readonly exploration: { readonly principalArn: string };
  readonly lakeFormation: {
    readonly mode: 'off' | 'existing' | 'bootstrap';
    readonly domain: string;
    readonly readers: readonly ReaderSettings[];
  };
  readonly databases: { readonly prefix: string };
  readonly extensions: readonly Exclude<TradeExtension, 'is_test'>[];
  /** An empty email stands for nobody. */
  readonly alarms: { readonly email: string };
}

/** A role outside of the stack, and what it may read of one table. */
export interface ReaderSettings {
  readonly role: string;
  /** `layer.table` */
  readonly table: string;
  readonly columns?: string[];
  readonly excludedColumns?: string[];
  /** A PartiQL predicate. */
  readonly rows?: string;
}

export interface KafkaSettings extends BackboneSettings {
  readonly topic: string;
  readonly partitions: number;
  readonly retentionHours: number;
}

/**
 * Reads the lakehouse's settings for one environment.
 *
 * @param directory where blueprint.yaml and sources/ lie
 * @param environment a key of blueprint.yaml's `environments`; dev when left out
 * @param source name of the only mapping to use; those of `sources.mappings` when left out
 * @throws YamlFileError naming every problem with file, line, column and remedy
 */
export function loadLakehouseSettings(
  directory: string,
  environment?: string,
  source?: string,
): BlueprintFile<LakehouseSettings> {
  const file = loadBlueprintFile<NamedMappings>({ file: path.join(directory, 'blueprint.yaml'), schema, environment });
  const { sources, ...settings } = file.settings;
  const names = source === undefined ? sources.mappings : [source];
  const whose = source === undefined ? '' : "; it is named by the context key 'source', or by --source of a rehearsal";
  const mappings = names.map((name, index) =>
    loadSourceMapping(path.join(directory, 'sources'), name, sourceSchema, (sentence) =>
      file.failAt(['sources', 'mappings', index], sentence + whose),
    ),
  );
  return { environment: file.environment, settings: { ...settings, sources: { ...sources, mappings } } };
}

/** The settings as blueprint.yaml has them. */
type NamedMappings = Omit<LakehouseSettings, 'sources'> & {
  readonly sources: Omit<LakehouseSettings['sources'], 'mappings'> & { readonly mappings: readonly string[] };
};
