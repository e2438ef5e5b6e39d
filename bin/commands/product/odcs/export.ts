import type { ContractTerms, DataProductContract } from '../../../../lib/mesh';
import { contentOf } from '../../../../lib/mesh/private/write-contract';
import type { Column } from '../../../../lib/schema';
import { type OdcsProperty, type OdcsQuality, odcsTypeOf } from './types';

type Json = Record<string, unknown>;

/**
 * The contract in the Open Data Contract Standard, version 3.1.0. What the standard has no word for stands in its
 * `customProperties`, so that an import gives the same contract again.
 *
 * @see https://bitol-io.github.io/open-data-contract-standard/v3.1.0/ (2026-11-28)
 */
export function odcsOf({ stated, domain }: DataProductContract): Json {
  const { terms, objectives } = stated;
  return withoutUndefined({
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: stated.name,
    name: stated.name,
    version: stated.version,
    status: 'active',
    domain,
    dataProduct: stated.name,
    description: withoutUndefined({
      purpose: stated.description,
      usage: terms.usage,
      limitations: terms.limitations,
    }),
    schema: [
      ...stated.tables.map((each) =>
        schemaObject(stated, each.tableName, `${each.databaseName}.${each.tableName}`, 'table'),
      ),
      ...stated.streams.map((each) => schemaObject(stated, each.name, each.topicName, 'topic')),
    ],
    team: { name: stated.owner },
    support: stated.contact === undefined ? undefined : [supportOf(stated.contact)],
    authoritativeDefinitions:
      stated.documentationUrl === undefined ? undefined : [{ url: stated.documentationUrl, type: 'documentation' }],
    slaProperties: [
      ...sla('latency', objectives.freshnessSeconds, 's'),
      ...sla('availability', objectives.availabilityPercent, '%'),
      ...sla('qualityScore', objectives.qualityScorePercent, '%'),
      ...sla('retention', stated.retentionSeconds, 's'),
    ],
    customProperties: customProperties(stated),
  });
}

function schemaObject(stated: ContractTerms, name: string, physicalName: string, physicalType: string): Json {
  const { schema, tests } = stated;
  const composite = tests.unique.filter((columns) => columns.length > 1);
  return withoutUndefined({
    name,
    physicalName,
    physicalType,
    logicalType: 'object',
    description: stated.description,
    properties: schema?.columns.map((column) => propertyOf(stated, column)) ?? testedColumns(tests),
    quality:
      composite.length === 0
        ? undefined
        : composite.map((properties): OdcsQuality => ({ ...NO_DUPLICATES, arguments: { properties } })),
  });
}

/** Of a contract that leaves its columns to the code, those are known by name that are tested. */
function testedColumns(tests: ContractTerms['tests']): OdcsProperty[] | undefined {
  const names = [...new Set([...tests.unique.filter(({ length }) => length === 1).flat(), ...tests.notNull])];
  return names.length === 0 ? undefined : names.map((name) => ({ name, quality: checksOf(tests, name) }));
}

function checksOf(tests: ContractTerms['tests'], name: string): OdcsQuality[] | undefined {
  const checks = [
    ...(tests.unique.some((columns) => columns.length === 1 && columns[0] === name) ? [NO_DUPLICATES] : []),
    ...(tests.notNull.includes(name) ? [NO_NULLS] : []),
  ];
  return checks.length === 0 ? undefined : checks;
}

const NO_DUPLICATES: OdcsQuality = { type: 'library', metric: 'duplicateValues', mustBe: 0 };
const NO_NULLS: OdcsQuality = { type: 'library', metric: 'nullValues', mustBe: 0 };

function propertyOf({ schema, tests, columnOrigins }: ContractTerms, column: Column): OdcsProperty {
  const { name, type, required, doc, sensitivity } = column;
  const position = schema?.key.indexOf(name) ?? -1;
  const custom = Object.entries({
    positive: column.positive,
    wireName: column.wireName,
    renamedFrom: column.renamedFrom,
  }).flatMap(([property, value]) => (value === undefined ? [] : [{ property, value }]));
  return withoutUndefined({
    name,
    ...odcsTypeOf(type),
    required,
    description: doc,
    classification: sensitivity,
    ...(position < 0 ? {} : { primaryKey: true, primaryKeyPosition: position + 1 }),
    transformSourceObjects: columnOrigins.find((each) => each.column === name)?.origins,
    quality: checksOf(tests, name),
    customProperties: custom.length === 0 ? undefined : custom,
  });
}

function supportOf(contact: string): Json {
  if (/^[^@\s]+@[^@\s]+$/.test(contact)) return { channel: contact, tool: 'email', url: `mailto:${contact}` };
  return { channel: contact };
}

function sla(property: string, value: number | undefined, unit: string): Json[] {
  return value === undefined ? [] : [{ property, value, unit }];
}

/** The parts of our file that the standard has no word for, as they stand there. */
function customProperties(stated: ContractTerms): Json[] {
  const { classification, interfaces, schema, quality, lineage, terms, consumers, changelog } = contentOf(stated);
  const freshness = quality?.tests?.find((each) => each.freshness !== undefined)?.freshness;
  const origins = stated.schema ? undefined : lineage?.columns;
  return Object.entries({
    classification,
    interfaces,
    record: schema?.record,
    eventTime: schema?.event_time,
    partitionedBy: schema?.partitioned_by,
    freshnessTest: freshness,
    inputs: lineage?.inputs,
    columnOrigins: origins,
    purposes: terms?.purposes,
    noticePeriod: terms?.notice_period,
    consumers,
    changelog,
  }).flatMap(([property, value]) => (value === undefined ? [] : [{ property, value }]));
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
