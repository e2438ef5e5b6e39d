import { gzipSync } from 'node:zlib';
import { measure, type ProductSources, type ProductToMeasure } from '../../../../lib/mesh/runtime/product-objectives';

const NOW = 1_790_000_000_000;
const METADATA = {
  'current-snapshot-id': 2,
  snapshots: [
    { 'snapshot-id': 1, 'timestamp-ms': NOW - 900_000 },
    { 'snapshot-id': 2, 'timestamp-ms': NOW - 60_000 },
  ],
};
const PRODUCT: ProductToMeasure = {
  product: 'trading.trades v1',
  databaseName: 'trading',
  tableName: 'fct_trades',
  hasRules: true,
  freshnessTestSeconds: 300,
};

function sources(changes: Partial<ProductSources> = {}): ProductSources {
  return {
    metadataLocation: async () => 's3://lake/trading/fct_trades/metadata/2.metadata.json',
    getObject: async () => Buffer.from(JSON.stringify(METADATA)),
    newestEvaluation: async () => ({ outcomes: ['PASS', 'PASS', 'PASS'] }),
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

test('rules that were never evaluated count as broken', async () => {
  expect((await measure(sources({ newestEvaluation: async () => undefined }), PRODUCT)).QualityScore).toBe(0);
});

test('a table without rows has no age, and its freshness test is broken', async () => {
  const empty = sources({
    getObject: async () => Buffer.from(JSON.stringify({ 'current-snapshot-id': -1, snapshots: [] })),
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
