import type { Column } from '../../schema';
import type { ContractTerms } from '../contract-terms';
import type { ColumnContent, ContractContent, TestContent } from './contract-content';
import { partitionText } from './partition-text';
import { durationText } from './quantities';

/** What a file would hold that states the same. Only what is stated appears. */
export function contentOf(stated: ContractTerms): ContractContent {
  const { objectives, terms } = stated;
  return withoutNothing({
    name: stated.name,
    version: stated.version,
    owner: stated.owner,
    description: stated.description,
    classification: stated.classification,
    schema: {
      record: stated.schema === undefined || stated.recordName !== undefined ? stated.recordName : undefined,
      ...(stated.schema !== undefined && stated.recordName === undefined
        ? {
            columns: stated.schema.columns.map(columnContent),
            key: stated.schema.key,
            event_time: stated.schema.eventTime,
          }
        : {}),
      partitioned_by: stated.partitionedBy.map(partitionText),
    },
    interfaces: [
      ...stated.tables.map((each) => ({
        type: 'table',
        name: `${each.databaseName}.${each.tableName}`,
        access: 'sql',
      })),
      ...stated.streams.map((each) => ({ type: 'stream', name: each.name, access: 'kafka', topic: each.topicName })),
      ...stated.apis.map((each) => ({ type: 'api', name: each.name, access: 'rest', endpoint: each.endpoint })),
    ],
    sla: {
      freshness: textOf(objectives.freshnessSeconds, durationText),
      availability: textOf(objectives.availabilityPercent, (value) => `${value}%`),
      quality_score: textOf(objectives.qualityScorePercent, (value) => `${value}%`),
    },
    quality: { tests: testContents(stated.tests) },
    lineage: {
      inputs: stated.inputs.map(({ product, majorVersion }) => ({ product, version: majorVersion })),
      columns: Object.fromEntries(stated.columnOrigins.map(({ column, origins }) => [column, origins])),
    },
    retention: textOf(stated.retentionSeconds, durationText),
    terms: {
      usage: terms.usage,
      limitations: terms.limitations,
      purposes: terms.purposes,
      notice_period: textOf(terms.noticeSeconds, durationText),
    },
    consumers: stated.consumers.map(({ majorVersion, ...each }) => ({ ...each, version: majorVersion })),
    changelog: stated.changelog,
    documentation: { url: stated.documentationUrl, contact: stated.contact },
  }) as ContractContent;
}

function columnContent({ type, doc, sensitivity, wireName, renamedFrom, ...same }: Column): ColumnContent {
  return {
    ...same,
    type: type.toString(),
    description: doc,
    classification: sensitivity,
    wire_name: wireName,
    renamed_from: renamedFrom,
  };
}

function testContents({ unique, notNull, freshnessSeconds }: ContractTerms['tests']): TestContent[] {
  return [
    ...unique.map((columns) => ({ unique: columns.length === 1 ? columns[0] : columns })),
    ...(notNull.length === 0 ? [] : [{ not_null: notNull }]),
    ...(freshnessSeconds === undefined ? [] : [{ freshness: durationText(freshnessSeconds) }]),
  ];
}

function textOf(value: number | undefined, text: (value: number) => string): string | undefined {
  return value === undefined ? undefined : text(value);
}

/** Without what is undefined, and without lists and groups that are empty then. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, withoutNothing(inner)] as const)
    .filter(
      ([, inner]) => inner !== undefined && !(typeof inner === 'object' && Object.keys(inner as object).length === 0),
    );
  return Object.fromEntries(kept);
}
