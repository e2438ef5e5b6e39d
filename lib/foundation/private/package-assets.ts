import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const PACKAGE_NAME = 'cdk-data-patterns';
const roots = new Map<string, string>();

/**
 * The folder that this package is installed in, found by walking up from a module of ours: the same from the TypeScript
 * sources, the compiled `dist/lib` and a bundle in `dist/bin`.
 *
 * @param from a folder inside the package
 * @throws when no folder above carries the package.json of this package
 */
export function packageRoot(from: string = __dirname): string {
  let root = roots.get(from);
  if (root === undefined) {
    root = findPackageRoot(from);
    roots.set(from, root);
  }
  return root;
}

/**
 * The absolute path of a file or folder that ships inside this package.
 *
 * @param relativePath path below the package's root, with forward slashes
 * @throws when it is missing, which it is in a checkout that was not built
 */
export function packageFile(relativePath: string): string {
  const file = path.join(packageRoot(), ...relativePath.split('/'));
  if (!existsSync(file)) {
    throw new Error(
      `${PACKAGE_NAME}: '${relativePath}' is missing in ${packageRoot()}. In a checkout run 'npm run build'; ` +
        'otherwise install the package again.',
    );
  }
  return file;
}

/**
 * The folder with the bundled code of a Lambda handler.
 *
 * @param name of the handler: `lib/<folder>/runtime/<name>.handler.ts`
 */
export function handlerFolder(name: string): string {
  return path.dirname(packageFile(`dist/handlers/${name}/index.js`));
}

function findPackageRoot(from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (packageNameIn(folder) === PACKAGE_NAME) return folder;
    if (folder === path.dirname(folder)) {
      throw new Error(
        `${PACKAGE_NAME}: no package.json of '${PACKAGE_NAME}' above ${from}; install the package again.`,
      );
    }
  }
}

function packageNameIn(folder: string): string | undefined {
  const file = path.join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name : undefined;
}
