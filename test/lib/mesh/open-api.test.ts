import SwaggerParser from '@apidevtools/swagger-parser';
import type { RecordSchema } from '../../../lib/schema';
import { openApiOf } from '../../../lib/mesh/private/open-api';
import { contractOf, FULL_CONTRACT } from './contracts';

const { stated } = contractOf(FULL_CONTRACT);
const document = openApiOf(stated, stated.schema as RecordSchema, stated.apis[0]);

test("is an OpenAPI document by the specification's own schema, with every reference in it", async () => {
  // It resolves references in place.
  const copy = JSON.parse(JSON.stringify(document)) as Parameters<typeof SwaggerParser.validate>[0];
  const valid = await SwaggerParser.validate(copy);
  expect(Object.keys(valid.paths ?? {})).toEqual(['/api/v2/exposures']);
});

test('is refused by that schema when it is none', async () => {
  const broken = { ...JSON.parse(JSON.stringify(document)), info: {} } as Parameters<typeof SwaggerParser.validate>[0];
  await expect(SwaggerParser.validate(broken)).rejects.toThrow('title');
});

test('says what can be asked for: each column that is no list, map or struct, in each comparison', () => {
  const { parameters } = (document.paths as Record<string, { get: { parameters: { name: string }[] } }>)[
    '/api/v2/exposures'
  ].get;
  const columns = ['trader_id', 'symbol', 'exposure', 'valued_at'];
  expect(parameters.map(({ name }) => name)).toEqual([
    'pageSize',
    'pageToken',
    ...columns.flatMap((name) => ['', '.gt', '.gte', '.lt', '.lte'].map((suffix) => name + suffix)),
  ]);
});

test('says what a row is, with decimals as text and what may be missing as null', () => {
  const { Row } = (document.components as { schemas: Record<string, { properties: object }> }).schemas;
  expect(Row.properties).toMatchObject({
    trader_id: { type: 'string', description: 'Who trades' },
    exposure: { type: 'string', format: 'decimal' },
    valued_at: { type: 'string', format: 'date-time' },
    tags: {
      type: ['object', 'null'],
      additionalProperties: { type: ['array', 'null'], items: { type: ['string', 'null'] } },
    },
  });
});
