import { existsSync, readFileSync } from 'fs';
import { join } from 'path';
import { UserError } from '../../../../cli-errors';

/** How messages of a source become records, as it is deployed; nothing here looks into it. */
export interface DeployedMapping {
  readonly name: string;
}

/** What messages are conformed to, as it is deployed. */
export interface DeployedRecords {
  /** Each with its name, wire name and type, and what makes a value of it invalid. */
  readonly columns: readonly object[];
  readonly mappings: readonly DeployedMapping[];
}

interface Specification {
  readonly fields?: readonly object[];
  readonly mappings?: readonly DeployedMapping[];
}

interface Template {
  readonly Resources?: {
    readonly [id: string]: { readonly Type: string; readonly Properties?: { readonly DefaultArguments?: object } };
  };
}

/**
 * What a stack's jobs conform messages to, and the mappings that they do it with, from the assets of the cloud assembly.
 *
 * @param assembly folder of the cloud assembly that has the template
 */
export function deployedRecords(assembly: string, template: string): DeployedRecords {
  const { Resources = {} } = JSON.parse(readFileSync(join(assembly, template), 'utf8')) as Template;
  const jobs = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Glue::Job');
  const specs = jobs.flatMap(({ Properties }) => {
    const record = JSON.stringify((Properties?.DefaultArguments as { '--record'?: unknown })?.['--record'] ?? '');
    const [, hash] = /([0-9a-f]{64})\.json/.exec(record) ?? [];
    const file = join(assembly, `asset.${hash}.json`);
    return hash && existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8')) as Specification] : [];
  });
  return {
    columns: withoutRepetition(specs.flatMap(({ fields = [] }) => fields)),
    mappings: withoutRepetition(specs.flatMap(({ mappings = [] }) => mappings)),
  };
}

function withoutRepetition<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/**
 * Checks that what is sent is what is deployed to be read.
 *
 * @param source whose messages the file has, when that was said
 * @param hasFile whether messages come from a file; generated trades are in our own form
 * @throws UserError with the remedy
 */
export function checkMappings(
  mappings: readonly DeployedMapping[],
  source: string | undefined,
  hasFile: boolean,
): void {
  const names = mappings.map(({ name }) => name).join(', ');
  if (source !== undefined && names !== source) {
    throw new UserError(
      `--source ${source}: the app does not use that mapping (it uses ${names || 'none'}); let its blueprint read the context key 'source', as bin/app.ts of a new project does.`,
    );
  }
  if (names && !hasFile) {
    throw new UserError(
      `The stack reads messages of ${names}, and generated trades are none: give a file of such messages with --trades FILE.`,
    );
  }
}
