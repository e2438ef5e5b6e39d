import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { addBlueprints, type Blueprint } from '../../bin/add-blueprints';
import cdkJson from '../../cdk.json';

const APP = join(__dirname, '../../dist/bin/blueprints.js');

let out: string;
beforeEach(() => (out = mkdtempSync(join(tmpdir(), 'blueprints-'))));
afterEach(() => rmSync(out, { recursive: true, force: true }));

/** Runs the compiled app as the CDK CLI does. */
function synth(context: Record<string, string> = {}, folder = out) {
  const env = {
    ...process.env,
    CDK_OUTDIR: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }),
  };
  const { status, stderr } = spawnSync(process.execPath, [APP], { env, encoding: 'utf8', timeout: 60_000 });
  return { status, stderr };
}

const bytesIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name))
      .map((file) => [file.slice(folder.length), readFileSync(file, 'base64')]),
  );

describe('the compiled app', () => {
  test('synthesizes the lakehouse, and says nothing', () => {
    expect(synth()).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(out)).toContain('TradingLakehouseStack.template.json');
  });

  test('writes the same bytes on every run', () => {
    const [first, second] = ['a', 'b'].map((name) => join(out, name));
    synth({}, first);
    synth({}, second);
    expect(bytesIn(first)).toEqual(bytesIn(second));
  });

  test('takes the settings of the environment that it is asked for', () => {
    synth({ environment: 'prod' });
    const template = readFileSync(join(out, 'TradingLakehouseStack.template.json'), 'utf8');
    expect(JSON.parse(template).Resources).toMatchObject(
      expect.objectContaining({ Data2D4B752F: expect.objectContaining({ DeletionPolicy: 'Retain' }) }),
    );
  });

  test('refuses an environment that is not there, with the line to look at', () => {
    expect(synth({ environment: 'prd' })).toEqual({
      status: 2,
      stderr: expect.stringMatching(
        /blueprint\.yaml:\d+:1: there is no environment 'prd'; did you mean 'prod'\? .*\n$/,
      ),
    });
    expect(readdirSync(out)).toEqual([]);
  });

  test('refuses a blueprint that is not there, with those that are', () => {
    expect(synth({ blueprints: 'lakehose' })).toEqual({
      status: 2,
      stderr: "context 'blueprints' names 'lakehose'; use one of: lakehouse\n",
    });
  });

  test('checks the rules when nag is on', () => {
    expect(synth({ nag: 'true' })).toEqual({ status: 0, stderr: '' });
  });
});

describe('addBlueprints', () => {
  const good: Blueprint = { addTo: (app) => void new Stack(app, 'Good') };
  const halfBuilt: Blueprint = {
    addTo: (app) => {
      new Stack(app, 'Half');
      throw new Error('no account');
    },
  };

  test('builds the others when one fails, and leaves nothing of that one', async () => {
    const app = new App({ outdir: out });
    const registry = {
      broken: () => Promise.reject(new Error('no JDK')),
      halfBuilt: () => Promise.resolve(halfBuilt),
      good: () => Promise.resolve(good),
    };
    const failures = await addBlueprints(app, registry, Object.keys(registry), out);
    expect(failures.map(({ name, error }) => [name, (error as Error).message])).toEqual([
      ['broken', 'no JDK'],
      ['halfBuilt', 'no account'],
    ]);
    expect(app.node.children.map((each) => each.node.id)).toEqual(['Good']);
  });

  test('loads only what is asked for', async () => {
    const broken = jest.fn();
    await addBlueprints(new App({ outdir: out }), { broken, good: () => Promise.resolve(good) }, ['good'], out);
    expect(broken).not.toHaveBeenCalled();
  });
});
