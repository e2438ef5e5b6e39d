import { Sha256 } from '@aws-crypto/sha256-js';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** How long a page may take to connect, and to connect again; the function's own credentials may end before. */
const VALID_SECONDS = 3600;

/**
 * The address of a WebSocket API with the function's own signature, so that a page can connect to it: browsers cannot
 * sign.
 *
 * @param address `wss://host/stage`
 */
export async function signedLiveUrl(address: string, region: string): Promise<string> {
  const { hostname, host, pathname, port, protocol } = new URL(address);
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials: defaultProvider(),
    sha256: Sha256,
  });
  const request = new HttpRequest({
    method: 'GET',
    protocol,
    hostname,
    port: port === '' ? undefined : Number(port),
    path: pathname,
    headers: { host },
  });
  const { query = {} } = await signer.presign(request, { expiresIn: VALID_SECONDS });
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url.href;
}
