import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PRICES } from '../../../bin/pricing/prices';
import { refreshPrices } from '../../../bin/pricing/refresh';

/** Price lists in the form that AWS documents, with some products; the real ones cannot be reached from every machine. */
const LISTS: Readonly<Record<string, object>> = {
  AmazonMSK: list({ 'EUC1-Kafka.t3.small': ['0.0555'], 'EUC1-Kafka.Storage.GP2': ['0.12'] }),
  AmazonS3: list({ 'EUC1-TimedStorage-ByteHrs': ['0.0245', '0.0235'], 'EUC1-Requests-Tier1': ['0.0000054'] }),
  AWSLambda: list({ 'EUC1-Request': ['0', '0.0000002'], 'EUC1-Other-Request': ['0.5'] }),
};

function list(usages: Record<string, string[]>): object {
  const skus = Object.entries(usages).map(([usagetype, prices], index) => ({ sku: `SKU${index}`, usagetype, prices }));
  return {
    publicationDate: '2026-12-01T00:00:00Z',
    products: Object.fromEntries(skus.map(({ sku, usagetype }) => [sku, { attributes: { usagetype } }])),
    terms: {
      OnDemand: Object.fromEntries(
        skus.map(({ sku, prices }) => [
          sku,
          {
            term: {
              priceDimensions: Object.fromEntries(
                prices.map((USD, index) => [`d${index}`, { beginRange: String(index * 1000), pricePerUnit: { USD } }]),
              ),
            },
          },
        ]),
      ),
    },
  };
}

let server: Server;
let url: string;
const asked: string[] = [];
beforeAll(async () => {
  server = createServer(({ url: path = '' }, response) => {
    asked.push(path);
    const [, service] = /^\/offers\/v1\.0\/aws\/(\w+)\/current\/eu-central-1\/index\.json$/.exec(path) ?? [];
    response.statusCode = service === undefined ? 404 : 200;
    response.end(JSON.stringify(LISTS[service] ?? list({})));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test('takes prices of the region with the day of the list, the first that is not free, in the table’s unit', async () => {
  const { table, notFound } = await refreshPrices('eu-central-1', url);
  expect(table.region).toBe('eu-central-1');
  expect(table.prices['msk.kafka.t3.small']).toMatchObject({ usd: 0.0555, asOf: '2026-12-01', checked: true });
  expect(table.prices['s3.storage'].usd).toBe(0.0245);
  expect(table.prices['s3.put']).toMatchObject({ usd: 0.0054, unit: '1,000 requests' });
  expect(notFound).not.toContain('msk.kafka.t3.small');
  // A price that is not found, or of which there are two, is left as it was and marked.
  expect(notFound).toEqual(expect.arrayContaining(['kms.key', 'lambda.request']));
  expect(table.prices['kms.key']).toEqual(PRICES.prices['kms.key']);
});

test('asks for each service once', async () => {
  asked.length = 0;
  await refreshPrices('eu-central-1', url);
  expect(asked).toEqual([...new Set(asked)]);
});

test('a list that cannot be read is named', async () => {
  await expect(refreshPrices('nowhere-1', url)).rejects.toThrow(/\/nowhere-1\/index\.json: 404/);
});
