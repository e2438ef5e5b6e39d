import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';

/**
 * A file of the user's, or of this library, as an object in the CDK's asset bucket.
 *
 * @param file path of a file
 * @param purpose how a message calls it, e.g. `SQL file`
 * @throws when there is no such file
 */
export function fileAsset(scope: Construct, id: string, file: string, purpose: string): Asset {
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new Error(`${scope.node.path}: ${purpose} '${file}' is not a file; paths are relative to ${process.cwd()}.`);
  }
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- a helper stands in the scope of its caller
  return new Asset(scope, id, { path: file });
}

/**
 * Text that is rendered at synth as an object in the CDK's asset bucket. It is written straight into the cloud
 * assembly under a name made of its content, so that the same text gives the same bytes and paths on every machine.
 */
export function textAsset(scope: Construct, id: string, text: string, extension: string): Asset {
  const hash = createHash('sha256').update(text).digest('hex');
  const path = join(assetFolderOf(scope), `asset.${hash}.${extension}`);
  writeFileSync(path, text);
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- a helper stands in the scope of its caller
  return new Asset(scope, id, { path, assetHash: hash });
}

/**
 * A folder in the cloud assembly, likewise, with a file that is there already and texts that are rendered at synth.
 */
export function folderWithFiles(
  scope: Construct,
  file: string,
  texts: { readonly [name: string]: string },
): { readonly path: string; readonly assetHash: string } {
  const hash = createHash('sha256').update(readFileSync(file));
  for (const [name, text] of Object.entries(texts)) hash.update(`\0${name}\0${text}`);
  const assetHash = hash.digest('hex');
  const path = join(assetFolderOf(scope), `asset.${assetHash}`);
  mkdirSync(path, { recursive: true });
  copyFileSync(file, join(path, basename(file)));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(path, name), text);
  return { path, assetHash };
}

function assetFolderOf(scope: Construct): string {
  const folder = Stage.of(scope)?.assetOutdir;
  if (!folder) {
    throw new Error(`${scope.node.path}: stands in no App or Stage, so there is nowhere to put its files.`);
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Lets the grantee read exactly this object. (`Asset.grantRead` would open the whole bucket, with the code and
 * templates of every other stack of the account.)
 */
export function grantAssetRead(grantee: iam.IGrantable, asset: Asset): iam.Grant {
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['s3:GetObject'],
    resourceArns: [asset.bucket.arnForObjects(asset.s3ObjectKey)],
  });
}
