import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { packageFile, packageRoot } from '../../../lib/foundation/private/package-assets';

const CHECKOUT = path.resolve(__dirname, '../../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'package-assets-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('the root is found from the sources', () => {
  expect(packageRoot()).toBe(CHECKOUT);
});

test.each(['dist/lib/foundation/private', 'dist/bin'])('the root is found from %s of an installed package', (where) => {
  const root = path.join(folder, 'node_modules/cdk-data-patterns');
  mkdirSync(path.join(root, where), { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"name":"app-of-a-user"}');
  writeFileSync(path.join(root, 'package.json'), '{"name":"cdk-data-patterns"}');
  expect(packageRoot(path.join(root, where))).toBe(root);
});

test('a package.json of somebody else above is not ours', () => {
  writeFileSync(path.join(folder, 'package.json'), '{"name":"app-of-a-user"}');
  expect(() => packageRoot(folder)).toThrow("no package.json of 'cdk-data-patterns' above");
});

test('a file that ships in the package is found', () => {
  expect(packageFile('package.json')).toBe(path.join(CHECKOUT, 'package.json'));
});

test('a missing file tells how to make it', () => {
  expect(() => packageFile('dist/handlers/none/index.js')).toThrow(
    /'dist\/handlers\/none\/index.js' is missing in .*'npm run build'/,
  );
});
