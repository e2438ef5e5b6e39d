/**
 * The CDK app of this repository: every blueprint's stacks.
 *
 * Context (`cdk synth -c key=value`):
 * - `environment`: which of a blueprint's environments, by default dev
 * - `blueprints`: names of the blueprints to build, separated by commas; by default all that can be built
 * - `nag`: `true` checks the stacks with cdk-nag and with the validator of the CDK, which take longer than the synthesis
 */
import { App, Validations } from 'aws-cdk-lib';
import * as path from 'node:path';
import { packageRoot } from '../lib/foundation/private/package-assets';

interface Blueprint {
  /** Adds the blueprint's stacks to the app. */
  addTo(app: App, directory: string, environment?: string): void;
}

/** Each is loaded only when it is built, so that one neither slows another down nor breaks it. */
const BLUEPRINTS: Readonly<Record<string, () => Promise<Blueprint>>> = {
  lakehouse: () => import('../blueprints/lakehouse/blueprint'),
};

/** Input errors: their message says all, a stack trace would only hide it. */
const INPUT_ERRORS = new Set(['BlueprintFileError', 'LedgerError']);

async function main(): Promise<void> {
  // The validator is the dearest part of a synthesis; `nag` brings it back.
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const asked = textFrom(app, 'blueprints')?.split(',');
  const unknown = asked?.filter((name) => !Object.hasOwn(BLUEPRINTS, name)) ?? [];
  if (unknown.length > 0) {
    throw new InputError(
      `context 'blueprints' names '${unknown[0]}'; use one of: ${Object.keys(BLUEPRINTS).join(', ')}`,
    );
  }
  const failures = await addBlueprints(app, asked ?? Object.keys(BLUEPRINTS));
  const stacks = app.node.children.length;
  for (const { name, error } of failures) {
    // One blueprint's need, such as an account that is missing, must not block the others.
    console.error(`blueprint '${name}' is left out: ${describe(error)}`);
  }
  if (failures.length > 0 && (asked || stacks === 0)) {
    process.exitCode = 2;
    return;
  }
  if (textFrom(app, 'nag') === 'true') await checkRules(app);
  app.synth();
}

async function addBlueprints(app: App, names: readonly string[]): Promise<{ name: string; error: unknown }[]> {
  const failures: { name: string; error: unknown }[] = [];
  for (const name of names) {
    const before = new Set(app.node.children);
    try {
      const blueprint = await BLUEPRINTS[name]();
      blueprint.addTo(app, path.join(packageRoot(), 'blueprints', name), textFrom(app, 'environment'));
    } catch (error) {
      failures.push({ name, error });
      const halfBuilt = app.node.children.filter((child) => !before.has(child));
      halfBuilt.forEach((child) => app.node.tryRemoveChild(child.node.id));
    }
  }
  return failures;
}

async function checkRules(app: App): Promise<void> {
  const { CloudFormationValidatePlugin } = await import('aws-cdk-lib');
  const { AwsSolutionsChecks } = await import('cdk-nag');
  Validations.of(app).addPlugins(new CloudFormationValidatePlugin(), new AwsSolutionsChecks(app));
}

function textFrom(app: App, key: string): string | undefined {
  const value: unknown = app.node.tryGetContext(key);
  return value === undefined || value === '' ? undefined : String(value);
}

class InputError extends Error {}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof InputError || INPUT_ERRORS.has(error.name) ? error.message : (error.stack ?? error.message);
}

main().catch((error: unknown) => {
  console.error(describe(error));
  process.exitCode = error instanceof InputError ? 2 : 1;
});
