import { dashboard } from './dashboard';
import { required } from '../../foundation/runtime/environment';
import { signedLiveUrl } from './live-url';
import { answer, type ApiAnswer, type ApiEvent } from './realtime-routes';
import { servedGeneration } from './served-generation';
import { storeClient } from './store-client';
import { WindowStore } from './window-store';

const servedByDefault = Number(required('SERVED_GENERATION'));
const kept = Number(required('WINDOWS_KEPT'));

/** Answers one request from the store. */
export async function handler(event: ApiEvent): Promise<ApiAnswer> {
  if (event.routeKey === 'GET /dashboard') return page();
  const valkey = await storeClient();
  const generation = await servedGeneration(valkey, servedByDefault);
  return answer(event, { generation, windows: new WindowStore(valkey, generation, kept) }, kept);
}

async function page(): Promise<ApiAnswer> {
  const liveUrl = await signedLiveUrl(required('LIVE_URL'), required('AWS_REGION'));
  const { origin } = new URL(liveUrl);
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      // The page is one file that loads nothing and connects to one host.
      'content-security-policy': `default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src ${origin}`,
      'referrer-policy': 'no-referrer',
    },
    body: dashboard(liveUrl),
  };
}
