import * as path from 'node:path';
import { type BlueprintFile, loadBlueprintFile } from '../trading/blueprint-file';
import schema from './blueprint.schema.json';

/** The domains of the mesh. */
export const DOMAINS = ['trading', 'risk', 'finance'] as const;

/** Name of a domain. */
export type MeshDomain = (typeof DOMAINS)[number];

/** What blueprint.yaml says. */
export interface MeshSettings {
  readonly name: string;
  readonly profile: string;
  readonly accounts: Readonly<Record<MeshDomain | 'platform', string>>;
  /** EventBridge expressions, or `off`. */
  readonly schedules: Readonly<Record<MeshDomain, string>>;
  /** None where it is left out. */
  readonly portal?: PortalSettings;
}

/** The site in which people find the products. */
export interface PortalSettings {
  /** In PEM. */
  readonly readersKey: string;
  readonly domainName?: string;
  readonly certificateArn?: string;
}

/**
 * Reads blueprint.yaml.
 *
 * @throws YamlFileError naming every problem with file, line, column and remedy
 */
export function loadMeshSettings(directory: string, environment?: string): BlueprintFile<MeshSettings> {
  return loadBlueprintFile<MeshSettings>({ file: path.join(directory, 'blueprint.yaml'), schema, environment });
}
