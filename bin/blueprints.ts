/**
 * The CDK app of this repository: every blueprint's stacks.
 *
 * Context (`cdk synth -c key=value`):
 * - `environment`: which of a blueprint's environments, by default dev
 * - `blueprints`: names of the blueprints to build, separated by commas; by default all that can be built
 * - `source`: name of the only mapping of sources that the lakehouse uses, in place of those of its blueprint.yaml
 * - `nag`: `true` checks the stacks with cdk-nag, our own rules and the validator of the CDK, which take longer than the synthesis
 */
import { App, Validations } from 'aws-cdk-lib';
import * as path from 'node:path';
import { errorMessage } from '../blueprints/trading/error-message';
import { packageRoot } from '../lib/foundation/private/package-assets';
import { addBlueprints, type BlueprintRegistry } from './add-blueprints';

/** Each is loaded only when it is built, so that none slows another down. */
const BLUEPRINTS: BlueprintRegistry = {
  lakehouse: () => import('../blueprints/lakehouse/blueprint'),
  'lakehouse-warehouse': () => import('../blueprints/lakehouse-warehouse/blueprint'),
  mesh: () => import('../blueprints/mesh/blueprint'),
  streaming: () => import('../blueprints/streaming/blueprint'),
  'streaming-batch': () => import('../blueprints/streaming-batch/blueprint'),
  warehouse: () => import('../blueprints/warehouse/blueprint'),
};

const INPUT_ERROR_STATUS = 2;

async function main(): Promise<void> {
  // The validator is the dearest part of a synthesis; `nag` brings it back.
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false, autoSynth: false });
  const known = Object.keys(BLUEPRINTS);
  const asked = textFrom(app, 'blueprints')?.split(',');
  const unknown = asked?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    return fail([`context 'blueprints' names '${unknown}'; use one of: ${known.join(', ')}`]);
  }
  const root = path.join(packageRoot(), 'blueprints');
  const failures = await addBlueprints(app, BLUEPRINTS, asked ?? known, root, textFrom(app, 'environment'));
  if (failures.length > 0 && (asked || app.node.children.length === 0)) {
    return fail(failures.map(({ error }) => errorMessage(error)));
  }
  for (const { name, error } of failures) console.error(`blueprint '${name}' is left out:\n${errorMessage(error)}`);
  if (textFrom(app, 'nag') === 'true') await checkRules(app);
  app.synth();
}

async function checkRules(app: App): Promise<void> {
  const { CloudFormationValidatePlugin } = await import('aws-cdk-lib');
  const { AwsSolutionsChecks, NIST80053R5Checks } = await import('cdk-nag');
  const { DataPlatformChecks } = await import('../lib/checks');
  const packs = [new AwsSolutionsChecks(app), new NIST80053R5Checks(app), new DataPlatformChecks()];
  Validations.of(app).addPlugins(new CloudFormationValidatePlugin(), ...packs);
}

function textFrom(app: App, key: string): string | undefined {
  const value: unknown = app.node.tryGetContext(key);
  return value === undefined || value === '' ? undefined : String(value);
}

function fail(messages: readonly string[]): void {
  messages.forEach((each) => console.error(each));
  process.exitCode = INPUT_ERROR_STATUS;
}

main().catch((error: unknown) => {
  console.error(errorMessage(error));
  process.exitCode = 1;
});
