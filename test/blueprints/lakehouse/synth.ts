import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Environment } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../../cdk.json';
import { type LakehouseSettings, loadLakehouseSettings } from '../../../blueprints/lakehouse/settings';
import { TradingLakehouseStack } from '../../../blueprints/lakehouse/stack';

export const DIRECTORY = join(__dirname, '../../../blueprints/lakehouse');
export const SETTINGS = loadLakehouseSettings(DIRECTORY).settings;

const folders: string[] = [];
afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true, force: true })));

/** An app as the CDK CLI would run it, without the validator. */
export function newApp(context: Record<string, unknown> = {}): App {
  const outdir = mkdtempSync(join(tmpdir(), 'lakehouse-synth-'));
  folders.push(outdir);
  return new App({
    outdir,
    context: { ...cdkJson.context, ...context },
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
}

export interface SynthOptions {
  readonly settings?: Partial<LakehouseSettings>;
  readonly env?: Environment;
  readonly app?: App;
  readonly name?: string;
}

export function newStack({ settings, env, app = newApp(), name = 'TradingLakehouseStack' }: SynthOptions = {}) {
  return new TradingLakehouseStack(app, name, { env, directory: DIRECTORY, settings: { ...SETTINGS, ...settings } });
}

export function synth(options?: SynthOptions): Template {
  return Template.fromStack(newStack(options));
}

/** The template without the digests of its assets, which change with every edit of a script. */
export function withoutAssetHashes(template: object): unknown {
  // Digests of assets, and the shorter ones that are tags of images.
  const masked = JSON.stringify(template).replace(/\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b/g, '<digest>');
  // Lists of assets are in the order of their digests, which a change of any file shuffles.
  return JSON.parse(masked, (_, value: unknown) =>
    Array.isArray(value) && value.some(isAsset) ? [...value].sort(byText) : value,
  );
}

/** A statement's resource, `{"Fn::Join": ["", ["arn:", …, "/<digest>.zip"]]}`. */
function isAsset(value: unknown): boolean {
  return (
    value !== null && typeof value === 'object' && 'Fn::Join' in value && JSON.stringify(value).includes('/<digest>.')
  );
}

function byText(left: unknown, right: unknown): number {
  const [first, second] = [JSON.stringify(left), JSON.stringify(right)];
  return first < second ? -1 : Number(first > second);
}

export type Resource = { Type: string; Properties: Record<string, unknown>; DeletionPolicy?: string };

export function resourcesOf(template: Template, type?: string): Record<string, Resource> {
  const all = template.toJSON().Resources as Record<string, Resource>;
  return Object.fromEntries(Object.entries(all).filter(([, each]) => type === undefined || each.Type === type));
}
