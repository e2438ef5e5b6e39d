import { gzipSync } from 'node:zlib';
import { measure, type ProductSources, type ProductToMeasure } from '../../../../lib/mesh/runtime/product-objectives';

const NOW = 1_790_000_000_000;
const METADATA = {
  'format-version': 2,
  'current-snapshot-id': 2,
  snapshots: [
    { 'snapshot-id': 1, 'timestamp-ms': NOW - 900_000 },
    { 'snapshot-id': 2, 'timestamp-ms': NOW - 60_000 },
  ],
};
const PRODUCT: ProductToMeasure = {
  product: 'trading.trades v1',
  tables: [{ databaseName: 'trading', tableName: 'fct_trades', hasRules: true }],
  freshnessTestSeconds: 300,
};

function sources(changes: Partial<ProductSources> = {}): ProductSources {
  return {
    metadataLocation: async () => 's3://lake/trading/fct_trades/metadata/2.metadata.json',
    getObject: async () => Buffer.from(JSON.stringify(METADATA)),
    newestEvaluation: async () => ({ outcomes: ['PASS', 'PASS', 'PASS'] }),
    streamSignals: async () => ({ lastMessages: [] }),
    apiSignals: async () => ({ requests: 0, failed: 0 }),
    now: () => NOW,
    ...changes,
  };
}

test('a product that keeps its promises', async () => {
  expect(await measure(sources(), PRODUCT)).toEqual({ Available: 1, AgeSeconds: 60, QualityScore: 100 });
});

test('its age is that of the current snapshot, be the metadata compressed or not', async () => {
  const older = { ...METADATA, 'current-snapshot-id': 1 };
  const compressed = sources({
    metadataLocation: async () => 's3://lake/trading/fct_trades/metadata/2.gz.metadata.json',
    getObject: async () => gzipSync(JSON.stringify(older)),
  });
  expect((await measure(compressed, PRODUCT)).AgeSeconds).toBe(900);
});

test('the score counts rules met over rules evaluated, the freshness test as one of them', async () => {
  const score = async (outcomes: string[], freshnessTestSeconds?: number) =>
    (await measure(sources({ newestEvaluation: async () => ({ outcomes }) }), { ...PRODUCT, freshnessTestSeconds }))
      .QualityScore;
  expect(await score(['PASS', 'FAIL', 'PASS', 'ERROR'])).toBe(50);
  expect(await score(['PASS', 'FAIL', 'PASS'], 300)).toBe(75);
  expect(await score(['PASS', 'FAIL', 'PASS'], 59)).toBe(50);
});

describe('what a contract promises', () => {
  const kept = async (promised: Partial<ProductToMeasure>, changes: Partial<ProductSources> = {}) => {
    const { Fresh, Sound } = await measure(sources(changes), { ...PRODUCT, ...promised });
    return { Fresh, Sound };
  };

  test.each([
    [60, 100, 1, 1],
    [59, 100, 0, 1],
    [60, 100.1, 1, 0],
  ])('within %p seconds and a score of %p', async (promisedSeconds, promisedScore, Fresh, Sound) => {
    expect(await kept({ promisedSeconds, promisedScore })).toEqual({ Fresh, Sound });
  });

  test('is not kept where nothing can be measured, and not measured where nothing is promised', async () => {
    const unreadable = { metadataLocation: async () => undefined };
    expect(await kept({ promisedSeconds: 300, promisedScore: 95 }, unreadable)).toEqual({ Fresh: 0, Sound: 0 });
    expect(await kept({}, unreadable)).toEqual({ Fresh: undefined, Sound: undefined });
  });
});

test('rules that were never evaluated count as broken', async () => {
  expect((await measure(sources({ newestEvaluation: async () => undefined }), PRODUCT)).QualityScore).toBe(0);
});

test('a table without rows has no age, and its freshness test is broken', async () => {
  const empty = sources({
    getObject: async () =>
      Buffer.from(JSON.stringify({ 'format-version': 2, 'current-snapshot-id': -1, snapshots: [] })),
  });
  expect(await measure(empty, PRODUCT)).toEqual({ Available: 1, QualityScore: 75 });
});

test.each<[string, Partial<ProductSources>, string]>([
  ['is not in the catalog', { metadataLocation: () => Promise.reject(new Error('EntityNotFound')) }, 'EntityNotFound'],
  ['names no metadata', { metadataLocation: async () => undefined }, 'trading.fct_trades names no metadata file'],
  [
    'has a metadata file that nobody may read',
    { getObject: () => Promise.reject(new Error('AccessDenied')) },
    'AccessDenied',
  ],
])('a table that %s is not available, and says why', async (_, changes, reason) => {
  expect(await measure(sources(changes), PRODUCT)).toEqual({ Available: 0, reason: expect.stringContaining(reason) });
});

test('a product of several tables is as old as the oldest, as sound as all their rules, and as available as the worst', async () => {
  const tables = ['fct_trades', 'dim_symbols'].map((tableName) => ({
    databaseName: 'trading',
    tableName,
    hasRules: true,
  }));
  const both = (changes: Partial<ProductSources>) => measure(sources(changes), { ...PRODUCT, tables });
  const older = { ...METADATA, 'current-snapshot-id': 1 };
  const found = await both({
    metadataLocation: async (_, table) => `s3://lake/${table}.metadata.json`,
    getObject: async (_, key) => Buffer.from(JSON.stringify(key.startsWith('dim') ? older : METADATA)),
    newestEvaluation: async (_, table) => ({ outcomes: table === 'dim_symbols' ? ['FAIL'] : ['PASS', 'PASS'] }),
  });
  expect(found).toEqual({ Available: 1, AgeSeconds: 900, QualityScore: 50 });
  const gone = await both({
    metadataLocation: async (_, table) => (table === 'dim_symbols' ? undefined : 's3://lake/2.metadata.json'),
  });
  expect(gone).toEqual({ Available: 0, AgeSeconds: 60, reason: 'trading.dim_symbols names no metadata file' });
});

describe('a product that is a stream', () => {
  const streams = {
    clusterArn: 'arn:aws:kafka:eu-west-1:1:cluster/trading/1-2',
    topics: ['trades'],
    lookBackSeconds: 3600,
  };
  const product = { product: 'trading.trades v1', tables: [], streams };

  test('is as old as its last message, and available while every partition is', async () => {
    const signals = { offlinePartitions: 0, lastMessages: [NOW - 5000] };
    expect(await measure(sources({ streamSignals: async () => signals }), product)).toEqual({
      Available: 1,
      AgeSeconds: 5,
    });
  });

  test('is too old when nothing came in, and not available while partitions are offline', async () => {
    const signals = { offlinePartitions: 2, lastMessages: [undefined] };
    expect(await measure(sources({ streamSignals: async () => signals }), product)).toEqual({
      Available: 0,
      AgeSeconds: 3600,
      reason: '2 partitions of its cluster are offline',
    });
  });

  test('is not known when CloudWatch knows nothing, which breaks what is promised', async () => {
    expect(await measure(sources(), product)).toEqual({});
    expect(await measure(sources(), { ...product, promisedSeconds: 60 })).toEqual({ Fresh: 0 });
  });
});

describe('a product that is an API', () => {
  const product = { product: 'trading.trades v1', tables: [], apis: { apiId: 'abc', paths: ['/api/v1/trades'] } };
  const found = (requests: number, failed: number) =>
    measure(sources({ apiSignals: async () => ({ requests, failed }) }), product);

  test('is available by the share of requests that were answered', async () => {
    expect(await found(0, 0)).toEqual({ Available: 1 });
    expect(await found(200, 0)).toEqual({ Available: 1 });
    expect(await found(200, 50)).toEqual({ Available: 0.75, reason: '50 of 200 requests were not answered' });
  });

  test('takes nothing from what else is known when CloudWatch does not answer', async () => {
    const silent = sources({ apiSignals: () => Promise.reject(new Error('Throttling')) });
    const { tables } = PRODUCT;
    expect(await measure(silent, { ...product, tables })).toMatchObject({ Available: 1, reason: 'Throttling' });
  });

  test('lowers the availability of a table that can be read', async () => {
    const { tables } = PRODUCT;
    const both = await measure(sources({ apiSignals: async () => ({ requests: 4, failed: 1 }) }), {
      ...product,
      tables,
    });
    expect(both).toMatchObject({ Available: 0.75, AgeSeconds: 60, QualityScore: 100 });
  });
});
