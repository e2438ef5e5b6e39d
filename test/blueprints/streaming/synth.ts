import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Environment } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../../cdk.json';
import { loadStreamingSettings, type StreamingSettings } from '../../../blueprints/streaming/settings';
import { TradingStreamingStack } from '../../../blueprints/streaming/stack';

export const DIRECTORY = join(__dirname, '../../../blueprints/streaming');
export const SETTINGS = loadStreamingSettings(DIRECTORY).settings;

const folders: string[] = [];
afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true, force: true })));

/** An app as the CDK CLI would run it, without the validator. */
export function newApp(): App {
  const outdir = mkdtempSync(join(tmpdir(), 'streaming-synth-'));
  folders.push(outdir);
  return new App({
    outdir,
    context: cdkJson.context,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
}

export interface SynthOptions {
  readonly settings?: Partial<StreamingSettings>;
  readonly env?: Environment;
  readonly app?: App;
  readonly name?: string;
}

export function newStack({ settings, env, app = newApp(), name = 'TradingStreamingStack' }: SynthOptions = {}) {
  return new TradingStreamingStack(app, name, { env, directory: DIRECTORY, settings: { ...SETTINGS, ...settings } });
}

export function synth(options?: SynthOptions): Template {
  return Template.fromStack(newStack(options));
}
