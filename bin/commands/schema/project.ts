import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineOfJsonError } from '../../../lib/schema/private/json-line';
import { UserError } from '../../cli-errors';

/** What `cdk.json` says about how to run an app. */
export interface CdkProject {
  /** The folder of `cdk.json`, in which its commands run. */
  readonly folder: string;
  /** Shell command that runs before the app. */
  readonly build?: string;
  /** Shell command that is the app. */
  readonly app: string;
  /** Where that command comes from, for messages. */
  readonly appOrigin: string;
  /** The project's own context: `cdk.json` over `cdk.context.json`, as the CDK CLI has it. */
  readonly context: Record<string, unknown>;
}

/**
 * Reads `cdk.json` and `cdk.context.json`.
 *
 * @param folder the project's folder
 * @param app command to use instead of the one in `cdk.json`, which may then be absent
 * @param otherwise what else helps where there is no app, as a part of the sentence that says so
 */
export function readCdkProject(folder: string, app?: string, otherwise = ''): CdkProject {
  const config = readJsonObject(join(folder, 'cdk.json'), 'cdk.json');
  if (config === undefined && app === undefined) {
    throw new UserError(`cdk.json: is not in ${folder}; run this in a CDK project${otherwise}.`);
  }
  const command = app ?? text(config?.app, 'app');
  if (command === undefined) {
    throw new UserError(`cdk.json: has no "app"; add one${otherwise}.`);
  }
  const ownContext = config?.context ?? {};
  if (!isObject(ownContext)) {
    throw new UserError(`cdk.json: "context" is not an object; make it one.`);
  }
  return {
    folder,
    build: text(config?.build, 'build'),
    app: command,
    appOrigin: app === undefined ? "cdk.json: 'app'" : '--app',
    context: { ...readJsonObject(join(folder, 'cdk.context.json'), 'cdk.context.json'), ...ownContext },
  };
}

function text(value: unknown, key: string): string | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) {
    return value;
  }
  throw new UserError(`cdk.json: "${key}" is ${JSON.stringify(value)}, not a command; make it one line of text.`);
}

function readJsonObject(file: string, name: string): Record<string, unknown> | undefined {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw new UserError(`${name}: cannot be read (${(error as Error).message}); make it readable.`);
  }
  return parseObject(content, name);
}

function parseObject(content: string, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    const line = lineOfJsonError(content, error);
    throw new UserError(`${name}${line === undefined ? '' : `:${line}`}: is not valid JSON; mend it.`);
  }
  if (!isObject(value)) {
    throw new UserError(`${name}: is not a JSON object; mend it.`);
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
