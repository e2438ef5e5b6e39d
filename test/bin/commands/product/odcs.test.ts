import addFormats from 'ajv-formats';
import Ajv2019 from 'ajv/dist/2019';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { odcsOf } from '../../../../bin/commands/product/odcs/export';
import { importOdcs } from '../../../../bin/commands/product/odcs/import';
import standard from '../../../../bin/commands/product/odcs/odcs-3.1.0.schema.json';
import { YamlFile, YamlFileError } from '../../../../lib/foundation/private/yaml-file';
import type { DataProductContract } from '../../../../lib/mesh';
import { contractOf, FULL_CONTRACT, SEED_CONTRACT } from '../../../lib/mesh/contracts';

const SEED = 20261128;
const isOfTheStandard = addFormats(new Ajv2019({ strict: false })).compile(standard);

const imported = (odcs: object) => importOdcs(new YamlFile('odcs.yaml', 'x', stringify(odcs)));
const back = (contract: DataProductContract) => contractOf(stringify(imported(odcsOf(contract)).content));

/** What a contract states, in an order that does not depend on where the standard puts it. */
function essence({ stated }: DataProductContract) {
  const { schema, tests, columnOrigins, ...rest } = stated;
  return {
    ...rest,
    columns: schema?.columns.map(({ type, required = false, ...column }) => ({
      ...column,
      required,
      type: type.toString(),
    })),
    key: schema?.key,
    eventTime: schema?.eventTime,
    tests: { ...tests, notNull: [...tests.notNull].sort(), unique: tests.unique.map(String).sort() },
    columnOrigins: [...columnOrigins].sort((a, b) => (a.column < b.column ? -1 : 1)),
  };
}

test.each([
  ["the seed's contract", SEED_CONTRACT],
  ['a contract with every word', FULL_CONTRACT],
])('%s is valid by the standard’s own JSON Schema, and comes back the same', (_, text) => {
  const contract = contractOf(text);
  isOfTheStandard(odcsOf(contract));
  expect(isOfTheStandard.errors ?? []).toEqual([]);
  expect(essence(back(contract))).toEqual(essence(contract));
});

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
const type = fc.constantFrom(
  'string',
  'long',
  'decimal(20, 3)',
  'timestamptz',
  'list<map<string, int>>',
  'struct<a: date>',
);
const words = fc.stringMatching(/^[A-Za-z][ -~]{0,40}[a-z.]$/);
const duration = fc
  .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom('seconds', 'hours', 'years'))
  .map((each) => each.join(' '));
const contract = fc
  .record({
    domain: name,
    product: name,
    version: fc.tuple(fc.integer({ min: 1, max: 99 }), fc.nat(99), fc.nat(99)).map((each) => each.join('.')),
    owner: words,
    description: words,
    columns: fc.uniqueArray(fc.record({ name, type, required: fc.boolean(), description: words }), {
      selector: (each) => each.name,
      minLength: 1,
      maxLength: 6,
    }),
    freshness: fc.option(duration, { nil: undefined }),
    retention: fc.option(duration, { nil: undefined }),
    consumer: fc.option(name, { nil: undefined }),
    change: fc.option(words, { nil: undefined }),
  })
  .filter(({ domain, consumer }) => domain !== consumer)
  .map(({ domain, product, columns, freshness, consumer, change, ...same }) =>
    JSON.parse(
      JSON.stringify({
        ...same,
        name: `${domain}.${product}`,
        schema: { columns },
        interfaces: [{ type: 'table', name: `${domain}.${product}` }],
        sla: { freshness },
        quality: { tests: [{ not_null: columns.map((each) => each.name) }, { unique: columns[0].name }] },
        consumers: consumer === undefined ? undefined : [{ domain: consumer, purpose: 'any' }],
        changelog: change === undefined ? undefined : [{ version: same.version, changes: change }],
      }),
    ),
  );

test('100 generated contracts are valid by the standard and come back the same', () => {
  fc.assert(
    fc.property(contract, (content) => {
      const given = contractOf(stringify(content));
      expect(isOfTheStandard(odcsOf(given))).toBe(true);
      expect(essence(back(given))).toEqual(essence(given));
    }),
    { numRuns: 100, seed: SEED },
  );
});

/** As another team may have written it. */
const FOREIGN = {
  apiVersion: 'v3.1.0',
  kind: 'DataContract',
  id: '53581432-6c55-4ba2-a65f-72344a91553a',
  name: 'Orders (latest)',
  version: 'v2.1',
  status: 'active',
  domain: 'Sales',
  schema: [
    {
      name: 'orders',
      physicalName: 'warehouse.public.orders',
      physicalType: 'table',
      properties: [
        {
          name: 'order_id',
          logicalType: 'string',
          physicalType: 'VARCHAR(36)',
          required: true,
          unique: true,
          primaryKey: true,
        },
        { name: 'amount', logicalType: 'number', physicalType: 'NUMERIC(12,2)', classification: 'restricted' },
        { name: 'tags', logicalType: 'array', items: { logicalType: 'string' } },
        { name: 'shape', physicalType: 'GEOMETRY' },
      ],
      quality: [{ type: 'library', metric: 'rowCount', mustBeGreaterThan: 0 }],
    },
  ],
  slaProperties: [
    { property: 'latency', value: 4, unit: 'h' },
    { property: 'availability', value: '99.5%' },
  ],
};

test('a foreign contract becomes ours, and every adaptation is said', () => {
  const { content, notes } = imported(FOREIGN);
  const { stated } = contractOf(stringify(content));
  expect([
    stated.name,
    stated.version,
    stated.objectives.freshnessSeconds,
    stated.objectives.availabilityPercent,
  ]).toEqual(['sales.orders_latest', '2.1.0', 14_400, 99.5]);
  expect(stated.schema?.columns.map((each) => `${each.name} ${each.type}`)).toEqual([
    'order_id string',
    'amount decimal(12, 2)',
    'tags list<string>',
  ]);
  expect(stated.tests.unique).toEqual([['order_id']]);
  expect(notes).toEqual([
    'no name of the form domain.product; named it sales.orders_latest',
    "no team.name; wrote 'unknown'",
    "no description.purpose; wrote 'Data product sales.orders_latest.'",
    "column 'amount' is classified 'restricted', which is none of ours; left the classification out",
    "column 'shape' has no type that is known (GEOMETRY); left it out",
    "table 'warehouse.public.orders' is named sales.orders",
    "a check of 'rowCount' has no counterpart; left it out",
  ]);
});

test('what is no contract of the standard is refused with place and remedy', () => {
  const wrong = { ...FOREIGN, kind: 'Contract', slaProperties: [{ property: 'latency' }] };
  expect(() => imported(wrong)).toThrow(YamlFileError);
  expect(() => imported(wrong)).toThrow(/odcs\.yaml:2:1: 'kind' is 'Contract'; .*use one of: DataContract/);
  expect(() => imported(wrong)).toThrow(/odcs\.yaml:\d+:\d+: 'slaProperties\.0' lacks 'value'; add it/);
});
