import { suggest } from '../../foundation/private/problem-sentences';
import type { YamlFile } from '../../foundation/private/yaml-file';
import { type Column, type PartitionTransform, RecordSchema, Sensitivity } from '../../schema';
import { SchemaError } from '../../schema/private/errors';
import { checkPartitions } from '../../schema/private/outline';
import type { ContractTerms, ProductConsumer } from '../contract-terms';
import { columnTypeOf } from './column-type-text';
import type { ContractContent, InterfaceContent, TestContent } from './contract-content';
import { findingsOf } from './contract-rules';
import { CONTRACT_SCHEMA } from './contract-schema';
import { partitionOf } from './partition-text';
import { percentOf, secondsOf } from './quantities';

/**
 * What a file states, checked.
 *
 * @param records those that it may refer to by name
 * @throws YamlFileError naming every problem with line, column and remedy
 */
export function readContract(yaml: YamlFile, records: readonly RecordSchema[]): ContractTerms {
  yaml.check(CONTRACT_SCHEMA, yaml.content);
  const content = yaml.content as unknown as ContractContent;
  const schema = recordOf(yaml, content, records);
  const partitionedBy = partitionsOf(yaml, content, schema);
  yaml.refuse(findingsOf(content, schema).map(({ at, sentence }) => yaml.problemAt(at, sentence)));
  return statedBy(content, schema, partitionedBy);
}

function statedBy(
  content: ContractContent,
  schema: RecordSchema | undefined,
  partitionedBy: PartitionTransform[],
): ContractTerms {
  const { sla = {}, lineage = {}, terms = {}, documentation = {} } = content;
  return {
    name: content.name,
    version: content.version ?? '1.0.0',
    owner: content.owner,
    description: content.description.trim(),
    classification: content.classification ?? highest(schema?.columns.map((each) => each.sensitivity) ?? []),
    schema,
    recordName: content.schema?.record,
    partitionedBy,
    tables: ofType(content, 'table').map(({ name }) => {
      const [databaseName, tableName] = name.split('.');
      return { databaseName, tableName };
    }),
    streams: ofType(content, 'stream').map(({ name, topic = '' }) => ({ name, topicName: topic })),
    apis: ofType(content, 'api').map(({ name, endpoint = '' }) => ({ name, endpoint })),
    objectives: {
      freshnessSeconds: mapped(sla.freshness, secondsOf),
      availabilityPercent: mapped(sla.availability, percentOf),
      qualityScorePercent: mapped(sla.quality_score, percentOf),
    },
    tests: testsOf(content.quality?.tests ?? []),
    inputs: (lineage.inputs ?? []).map(({ product, version = 1 }) => ({ product, majorVersion: version })),
    columnOrigins: Object.entries(lineage.columns ?? {}).map(([column, origins]) => ({
      column,
      origins: [...origins],
    })),
    retentionSeconds: mapped(content.retention, secondsOf),
    terms: {
      usage: terms.usage,
      limitations: terms.limitations,
      purposes: [...(terms.purposes ?? [])],
      noticeSeconds: mapped(terms.notice_period, secondsOf),
    },
    consumers: consumersOf(content),
    changelog: (content.changelog ?? []).map((each) => ({ ...each, changes: each.changes.trim() })),
    documentationUrl: documentation.url,
    contact: documentation.contact,
  };
}

function mapped<From, To>(value: From | undefined, map: (value: From) => To): To | undefined {
  return value === undefined ? undefined : map(value);
}

function ofType(content: ContractContent, type: InterfaceContent['type']): InterfaceContent[] {
  return content.interfaces.filter((each) => each.type === type);
}

function consumersOf(content: ContractContent): ProductConsumer[] {
  const offered = [...new Set(content.interfaces.map(({ type }) => type))];
  return (content.consumers ?? []).map((each) => ({
    domain: each.domain,
    product: each.product,
    majorVersion: each.version ?? 1,
    purpose: each.purpose,
    interfaces: [...(each.interfaces ?? offered)],
    columns: each.columns && [...each.columns],
    rows: each.rows,
  }));
}

function testsOf(tests: readonly TestContent[]): ContractTerms['tests'] {
  const freshness = tests.flatMap((each) => (each.freshness === undefined ? [] : [secondsOf(each.freshness)]));
  return {
    unique: tests.flatMap((each) => (each.unique === undefined ? [] : [[each.unique].flat()])),
    notNull: [...new Set(tests.flatMap((each) => [each.not_null ?? []].flat()))],
    freshnessSeconds: freshness.length === 0 ? undefined : Math.min(...freshness),
  };
}

function highest(known: readonly (Sensitivity | undefined)[]): Sensitivity {
  const order = Object.values(Sensitivity);
  const ranks = known.filter((each) => each !== undefined).map((each) => order.indexOf(each));
  return ranks.length === 0 ? Sensitivity.INTERNAL : order[Math.max(...ranks)];
}

function recordOf(
  yaml: YamlFile,
  content: ContractContent,
  records: readonly RecordSchema[],
): RecordSchema | undefined {
  const { schema, name } = content;
  if (schema === undefined) return undefined;
  if (schema.record !== undefined) {
    const own = (['columns', 'key', 'event_time'] as const).find((each) => schema[each] !== undefined);
    if (own) yaml.failAt(['schema', own], `'schema' has both 'record' and '${own}'; the record says it, so remove one`);
    const found = records.find((each) => each.name === schema.record);
    if (found || records.length === 0) return found;
    const known = records.map((each) => each.name);
    return yaml.failAt(
      ['schema', 'record'],
      `'${schema.record}' is no record of the code; ${suggest(schema.record, known)}`,
    );
  }
  if (schema.columns === undefined) {
    return yaml.failAt(['schema'], "'schema' has neither 'columns' nor 'record'; add one");
  }
  const columns = schema.columns.map((each, index): Column => {
    const { type, wire_name: wireName, description: doc, classification: sensitivity, renamed_from, ...same } = each;
    const columnType = said(yaml, ['schema', 'columns', index, 'type'], () => columnTypeOf(type));
    return { ...same, type: columnType, wireName, doc, sensitivity, renamedFrom: renamed_from && [...renamed_from] };
  });
  const { key, event_time: eventTime } = schema;
  const build = (parts: { key?: string[]; eventTime?: string }) =>
    new RecordSchema({ name, doc: content.description.trim(), columns, ...parts });
  said(yaml, ['schema', 'columns'], () => build({}));
  said(yaml, ['schema', 'key'], () => build({ key: key && [...key] }));
  return said(yaml, ['schema', 'event_time'], () => build({ key: key && [...key], eventTime }));
}

function partitionsOf(
  yaml: YamlFile,
  { schema: stated, name }: ContractContent,
  schema: RecordSchema | undefined,
): PartitionTransform[] {
  return (stated?.partitioned_by ?? []).map((_, index, texts) =>
    said(yaml, ['schema', 'partitioned_by', index], () => {
      const transforms = texts.slice(0, index + 1).map(partitionOf);
      if (schema) checkPartitions(name, schema._fields, transforms);
      return transforms[index];
    }),
  );
}

/** What the library refuses stands at a place of the file. */
function said<T>(yaml: YamlFile, at: readonly (string | number)[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const column = /(?:column|columns '[^']*' and) '([^']*)'/.exec(error.message)?.[1];
    const columns = yaml.content.schema as { columns?: { name: string }[] };
    const index = columns.columns?.findIndex((each) => each.name === column) ?? -1;
    return yaml.failAt(at.join() === 'schema,columns' && index >= 0 ? [...at, index, 'name'] : at, error.message);
  }
}
