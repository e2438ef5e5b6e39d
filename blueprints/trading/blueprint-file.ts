import { type Json, type Path, suggest } from '../../lib/foundation/private/problem-sentences';
import { YamlFile } from '../../lib/foundation/private/yaml-file';

/** Where a stack goes; both undefined means that the stack is agnostic of account and region. */
export interface BlueprintEnvironment {
  readonly name: string;
  readonly account?: string;
  readonly region?: string;
}

/** A blueprint file as read for one environment. */
export interface BlueprintFile<Settings> {
  readonly environment: BlueprintEnvironment;
  /** The settings with the environment's overrides and the schema's defaults; keys in camelCase. */
  readonly settings: Settings;
}

/** A blueprint file whose settings need more than a JSON Schema to be checked. */
export interface OpenBlueprintFile<Settings> extends BlueprintFile<Settings> {
  /** Throws a YamlFileError about what stands at a path of the settings, in the spelling of the file. */
  readonly failAt: (at: Path, sentence: string) => never;
}

/** What {@link loadBlueprintFile} needs to know. */
export interface LoadBlueprintFileOptions {
  /** Path of the YAML file. */
  readonly file: string;
  /** The blueprint's JSON Schema (draft 7); its `default`s complete the settings. */
  readonly schema: object;
  /**
   * Name of the environment, a key of the file's `environments`.
   *
   * @default 'dev'
   */
  readonly environment?: string;
}

const DEFAULT_ENVIRONMENT = 'dev';

/**
 * Reads and checks a `blueprint.yaml`.
 *
 * @throws YamlFileError naming every problem with file, line, column and remedy
 */
export function loadBlueprintFile<Settings>(options: LoadBlueprintFileOptions): OpenBlueprintFile<Settings> {
  const { schema, environment: name = DEFAULT_ENVIRONMENT } = options;
  const file = new YamlFile(options.file, 'name: <a name of your own>');
  file.check(schema, structuredClone(file.content));

  const { account, region, overrides = {} } = chooseEnvironment(file, name);
  const merged = merge(file.content, overrides as Json);
  const inOverrides = (at: Path): Path => ['environments', name, 'overrides', ...at];
  const locate = (at: Path): Path => (file.has(inOverrides(at)) ? inOverrides(at) : at);
  file.check(schema, merged, locate);
  delete merged.environments;
  return {
    environment: { name, account: account as string, region: region as string },
    settings: camelCased(merged) as Settings,
    failAt: (at, sentence) => file.failAt(locate(at), sentence),
  };
}

function chooseEnvironment(file: YamlFile, name: string): Json {
  const environments = (file.content.environments ?? {}) as Record<string, Json | undefined>;
  if (Object.hasOwn(environments, name)) return environments[name] ?? {};
  // A file without environments is one for the default environment, anywhere.
  if (file.content.environments === undefined && name === DEFAULT_ENVIRONMENT) return {};
  const known = Object.keys(environments);
  const remedy = known.length > 0 ? suggest(name, known) : "add it below 'environments'";
  return file.failAt(['environments'], `there is no environment '${name}'; ${remedy}`);
}

/** `overrides` laid over `base`: groups of settings merge, anything else (lists too) replaces. */
function merge(base: Json, overrides: Json): Json {
  const merged: Json = structuredClone(base);
  for (const [key, value] of Object.entries(overrides)) {
    const below = merged[key];
    merged[key] = isGroup(value) && isGroup(below) ? merge(below, value) : structuredClone(value);
  }
  return merged;
}

function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (!isGroup(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camelCased(inner),
    ]),
  );
}

function isGroup(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
