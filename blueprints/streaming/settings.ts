import { existsSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import type { BackboneSettings } from '../trading/backbone';
import { type BlueprintFile, loadBlueprintFile } from '../trading/blueprint-file';
import type { UsageSettings } from '../trading/usage';
import schema from './blueprint.schema.json';

/** The settings of a blueprint.yaml of the streaming pattern; blueprint.schema.json tells what each one means. */
export interface StreamingSettings {
  /** How much it is used, for the cost that a review tells; a light use when left out. */
  readonly usage?: UsageSettings;
  readonly name: string;
  readonly profile: 'sandbox' | 'production';
  readonly backbone: BackboneSettings & { readonly partitions: number };
  readonly producers: {
    readonly http: { readonly enabled: boolean; readonly requestsPerSecond: number };
    /** An empty filter stands for no devices. */
    readonly iot: { readonly mqttTopics: string };
  };
  readonly processing: { readonly generations: readonly GenerationSettings[] };
  readonly serving: {
    readonly generation: number;
    readonly windowsKept: number;
    readonly requestsPerSecond: number;
    /** 0 stands for pollers on demand. */
    readonly provisionedPollers: number;
  };
  readonly deadLetters: { readonly keptDays: number };
  /** An empty email stands for nobody. */
  readonly alarms: { readonly email: string };
}

/** One generation of the processing: its number, and the folder of its SQL below the blueprint. */
export interface GenerationSettings {
  readonly number: number;
  readonly sql: string;
  /** Whether it is a batch over the log as it stands when somebody starts it; a stream when left out. */
  readonly bounded?: boolean;
}

/** The SQL files of a generation, in the order in which they are run. */
export function sqlFiles(directory: string, sql: string): string[] {
  const folder = path.join(directory, sql);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => path.join(folder, file));
}

/**
 * Reads the settings of the streaming pattern for one environment.
 *
 * @param directory where blueprint.yaml lies
 * @param environment a key of blueprint.yaml's `environments`; dev when left out
 * @throws YamlFileError naming every problem with file, line, column and remedy
 */
export function loadStreamingSettings(directory: string, environment?: string): BlueprintFile<StreamingSettings> {
  const file = loadBlueprintFile<StreamingSettings>({
    file: path.join(directory, 'blueprint.yaml'),
    schema,
    environment,
  });
  const { processing, serving } = file.settings;
  const numbers = processing.generations.map(({ number }) => number);
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index);
  if (twice !== undefined) {
    file.failAt(['processing', 'generations'], `two generations have the number ${twice}; give one another`);
  }
  if (!numbers.includes(serving.generation)) {
    file.failAt(
      ['serving', 'generation'],
      `generation ${serving.generation} is served, and runs nowhere; name one of 'processing.generations': ${numbers.join(', ')}`,
    );
  }
  processing.generations.forEach(({ sql }, index) => {
    if (sqlFiles(directory, sql).length > 0) return;
    file.failAt(
      ['processing', 'generations', index, 'sql'],
      `the folder '${sql}' has no SQL file, or is not there; create ${sql}/*.sql beside blueprint.yaml`,
    );
  });
  return { environment: file.environment, settings: file.settings };
}
