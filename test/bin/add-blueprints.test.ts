import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { addBlueprints, type Blueprint } from '../../bin/add-blueprints';

let out: string;
beforeEach(() => (out = mkdtempSync(join(tmpdir(), 'blueprints-'))));
afterEach(() => rmSync(out, { recursive: true, force: true }));

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
