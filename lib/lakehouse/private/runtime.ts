import { IgnoreMode } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { packageFile } from '../../foundation/private/package-assets';

const FOLDER = 'lib/lakehouse/runtime';

/** Path of a runner that ships with the library. */
export function runner(name: string): string {
  return packageFile(`${FOLDER}/${name}`);
}

/**
 * The modules that the runners import, as one zip: a module that is an asset by itself would lose its name to the hash.
 */
export function runnerModules(scope: Construct): Asset {
  // eslint-disable-next-line awscdk/require-passing-this -- a helper stands in the scope of its caller
  return new Asset(scope, 'Modules', {
    path: packageFile(FOLDER),
    exclude: ['*', '!*.py'],
    ignoreMode: IgnoreMode.GIT,
  });
}
