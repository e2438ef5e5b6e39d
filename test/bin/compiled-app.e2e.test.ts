import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import cdkJson from '../../cdk.json';
import '../support/without-flink-runner.cjs';

const ROOT = join(__dirname, '../..');
const BIN = join(ROOT, 'dist/bin');
const [, ...COMMAND] = cdkJson.app.split(' ');
const OPTIONS = COMMAND.slice(0, -1);
const APP = join(ROOT, COMMAND[COMMAND.length - 1]);

let out: string;
beforeEach(() => (out = mkdtempSync(join(tmpdir(), 'blueprints-'))));
afterEach(() => rmSync(out, { recursive: true, force: true }));

/** Runs the compiled app as the CDK CLI does. */
function synth(context: Record<string, string> = {}, folder = out, args: readonly string[] = [APP]) {
  const env = {
    ...process.env,
    CDK_OUTDIR: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }),
  };
  const { status, stderr } = spawnSync(process.execPath, [...OPTIONS, ...args], {
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
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
    const folders = readdirSync(join(ROOT, 'blueprints'));
    const blueprints = folders.filter((each) => existsSync(join(ROOT, 'blueprints', each, 'blueprint.ts'))).sort();
    expect(synth({ blueprints: 'lakehose' })).toEqual({
      status: 2,
      stderr: `context 'blueprints' names 'lakehose'; use one of: ${blueprints.join(', ')}\n`,
    });
  });

  test('finds nothing against the rules when nag is on', () => {
    expect(synth({ nag: 'true' })).toEqual({ status: 0, stderr: '' });
  });

  test('finds what is against the rules when nag is on', () => {
    const planted = preload(`
      const { App, aws_sqs } = require(${JSON.stringify(require.resolve('aws-cdk-lib'))});
      const { synth } = App.prototype;
      App.prototype.synth = function (...args) {
        new aws_sqs.Queue(this.node.findChild('TradingLakehouseStack'), 'Planted');
        return synth.apply(this, args);
      };`);
    const { status, stderr } = synth({ nag: 'true' }, out, [...planted, APP]);
    expect(status).not.toBe(0);
    expect(stderr).toContain('AwsSolutions-SQS3');
  });
});

describe('a build of what is built already', () => {
  const times = () =>
    Object.fromEntries(
      readdirSync(BIN).map((name) => [name, statSync(join(BIN, name), { bigint: true }).mtimeNs] as const),
    );

  // `cdk synth` builds first: two of them beside each other would take the warm start from one another.
  test('writes nothing', () => {
    const before = times();
    expect(spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, timeout: 60_000 }).status).toBe(0);
    expect(times()).toEqual(before);
    expect(before).toHaveProperty(['warm-start.pack']);
  });
});

describe('the warm start of the compiled app', () => {
  const filesIn = (bin: string) => ['blueprints.js', 'warm-start.js', 'warm-start.pack'].map((name) => join(bin, name));

  test('gives the same bytes as a cold one', () => {
    const [warm, cold] = ['warm', 'cold'].map((name) => join(out, name));
    synth({}, warm);
    synth({}, cold, [join(BIN, 'blueprints.js')]);
    expect(bytesIn(warm)).toEqual(bytesIn(cold));
  });

  test('reads no module of the CDK from its own file', () => {
    expect(synth({}, out, [...tellingReads(), APP]).stderr).toBe('');
  });

  test('changes nothing in the app when that is started by itself', () => {
    expect(synth({}, out, [...tellingReads(), join(BIN, 'blueprints.js')]).stderr).toContain('aws-cdk-lib');
  });

  test('gives the same bytes when V8 does not take the code', () => {
    const [taken, refused] = ['taken', 'refused'].map((name) => join(out, name));
    synth({}, taken);
    expect(synth({}, refused, ['--no-opt', APP])).toEqual({ status: 0, stderr: '' });
    expect(bytesIn(refused)).toEqual(bytesIn(taken));
  });

  test.each([
    ['missing', (pack: string) => rmSync(pack)],
    ['cut short', (pack: string) => truncateSync(pack, 1_000_000)],
    ['not a pack', (pack: string) => writeFileSync(pack, 'not a pack')],
    ['for another Node', (pack: string) => edit(pack, '"node":"v', '"node":"w')],
    ['of another build', (pack: string) => edit(pack, 'bin/blueprints.js":"', 'bin/warm-start.js":"')],
  ])('does without a pack that is %s', (_, damage) => {
    const bin = mkdtempSync(join(ROOT, 'dist/cold-'));
    try {
      const copies = filesIn(bin);
      filesIn(BIN).forEach((file, i) => copyFileSync(file, copies[i]));
      damage(copies[2]);
      const { status, stderr } = synth({}, out, [...tellingReads(), copies[1]]);
      expect(status).toBe(0);
      expect(stderr).toContain('aws-cdk-lib');
      expect(readdirSync(out)).toContain('TradingLakehouseStack.template.json');
    } finally {
      rmSync(bin, { recursive: true });
    }
  });
});

/** Options that let Node tell on stderr which modules of the CDK it reads from their own files. */
function tellingReads(): string[] {
  return preload(`
    const fs = require('node:fs');
    const { readFileSync } = fs;
    fs.readFileSync = (file, ...rest) => {
      if (/aws-cdk-lib.*[.]js$/.test(String(file))) console.error(file);
      return readFileSync(file, ...rest);
    };`);
}

/** Replaces the first occurrence in a file by a text of the same length. */
function edit(file: string, from: string, to: string): void {
  writeFileSync(file, readFileSync(file, 'latin1').replace(from, to), 'latin1');
}

/** Options that let Node run this code before the app. */
function preload(code: string): string[] {
  const file = join(out, 'preload.cjs');
  writeFileSync(file, code);
  return ['--require', file];
}
