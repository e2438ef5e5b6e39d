import { existsSync, readFileSync } from 'fs';
import { dirname, join } from 'path';

const PACKAGE_NAME = 'cdk-data-patterns';

/**
 * The folder of this npm package. Python, SQL and lock files are read from there, be it that this code runs as
 * TypeScript under a test, from `dist/bin` of a checkout, or from somebody's `node_modules`.
 */
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === PACKAGE_NAME) {
      return folder;
    }
    if (folder === dirname(folder)) {
      throw new Error(`${PACKAGE_NAME}: no package.json of this package above ${from}`);
    }
  }
}
