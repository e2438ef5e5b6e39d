import type { Environment } from 'aws-cdk-lib';
import * as path from 'node:path';
import { type BlueprintFile, loadBlueprintFile } from './blueprint-file';

/** A blueprint that a hybrid is composed of: what its blueprint.yaml says, and the folder with what that names. */
export interface BlueprintPart<Settings> {
  readonly settings: Settings;
  readonly directory: string;
}

/** The blueprint.yaml of a hybrid, as read for one environment. */
export interface HybridFile<Settings> {
  readonly settings: Settings;
  /** Reads the part whose folder stands under that key; with the account and region that it goes to. */
  readonly part: <T>(
    key: string,
    load: (directory: string, environment?: string) => BlueprintFile<T>,
  ) => BlueprintPart<T> & { readonly env: Environment };
}

/**
 * Reads the blueprint.yaml of a hybrid.
 *
 * @param directory where it lies
 * @param schema its JSON Schema
 * @param name a key of its `environments`, and of those of its parts; dev when left out
 * @throws YamlFileError naming every problem with file, line, column and remedy
 */
export function loadHybridFile<Settings>(directory: string, schema: object, name?: string): HybridFile<Settings> {
  const file = path.join(directory, 'blueprint.yaml');
  const { settings } = loadBlueprintFile<Settings & Record<string, string>>({ file, schema, environment: name });
  return {
    settings,
    part: (key, load) => {
      const folder = path.join(directory, settings[key]);
      const { environment, settings: own } = load(folder, name);
      return {
        settings: own,
        directory: folder,
        env: { account: environment.account, region: environment.region },
      };
    },
  };
}
