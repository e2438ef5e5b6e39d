import { createPublicKey, type KeyObject } from 'node:crypto';
import { Token } from 'aws-cdk-lib';

/**
 * What CloudFront takes as a public key to check signatures by, of the kind that `data-patterns product portal-link` signs
 * with. ECDSA it takes as well; we do not.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html (2026-11-28)
 * @throws when it is another
 */
export function checkReadersKey(path: string, pem: string): void {
  if (Token.isUnresolved(pem)) return;
  let key: KeyObject | undefined;
  try {
    // A private key would be read as the public one that is in it, and stand in the template.
    if (pem.includes('BEGIN PUBLIC KEY')) key = createPublicKey(pem);
  } catch {
    // Said below.
  }
  if (key?.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === 2048) return;
  throw new Error(
    `${path}: readersKey is no public RSA key of 2048 bits in PEM; make one with: openssl rsa -in portal.pem -pubout.`,
  );
}
