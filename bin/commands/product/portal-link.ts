import { createPrivateKey, type KeyObject } from 'node:crypto';
import { getSignedCookies } from '@aws-sdk/cloudfront-signer';
import { ENTER_PATH } from '../../../lib/mesh/portal/private/entrance';
import { UserError } from '../../cli-errors';

/**
 * A link that lets whoever opens it into a portal: it carries the three values of CloudFront's signed cookies, which the
 * portal's entrance sets.
 *
 * @param url address of the portal
 * @param privateKey in PEM
 * @param keyId id of the public key in CloudFront
 * @param until when the link and the cookies end
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-setting-signed-cookie-custom-policy.html
 */
export function portalLink(url: string, privateKey: string, keyId: string, until: Date): string {
  const { origin } = portalUrl(url);
  requireRsa(privateKey);
  const policy = JSON.stringify({
    Statement: [
      {
        Resource: `${origin}/*`,
        Condition: { DateLessThan: { 'AWS:EpochTime': Math.floor(until.getTime() / 1000) } },
      },
    ],
  });
  const cookies = getSignedCookies({ keyPairId: keyId, privateKey, policy });
  // All three are letters that need no escape in a link, and the entrance takes no others.
  return `${origin}${ENTER_PATH}?policy=${cookies['CloudFront-Policy']}&signature=${cookies['CloudFront-Signature']}&key=${cookies['CloudFront-Key-Pair-Id']}`;
}

function portalUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') return url;
  throw new UserError(`'${text}' is no address of a portal; give one that begins with https://.`);
}

/** What the constructs give to CloudFront, and its oldest kind of key: RSA of 2048 bits. */
function requireRsa(privateKey: string): void {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(privateKey);
  } catch {
    // Said below.
  }
  if (key?.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === 2048) return;
  throw new UserError(
    '--key holds no private RSA key of 2048 bits in PEM; make one with: openssl genrsa -out FILE 2048.',
  );
}
