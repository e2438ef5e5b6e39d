import { at, type Judgement, literal, type Outcome, type Rule } from '../rule';
import { isIntrinsic, isRecord, list, type Properties } from '../template';

const TYPES = ['AWS::Glue::Table'];
const REPORTS = 'https://github.com/aws/aws-cdk/issues/29660, https://github.com/aws/aws-cdk/issues/37560 (2026-11-23)';
const SPEC = 'https://iceberg.apache.org/spec/ (2026-11-23)';
const FIRST_PARTITION_ID = 1000;

/** Rules for Iceberg tables of the Glue Data Catalog. */
export const ICEBERG_TABLE: readonly Rule[] = [
  {
    id: 'IcebergTableInput',
    types: TYPES,
    text: 'TableInput beside OpenTableFormatInput: the first update drops table_type and metadata_location, and no engine reads the table any more.',
    remedy: 'Leave TableInput out; name the table by Name and describe it by IcebergTableInput.',
    source: REPORTS,
    judge: iceberg(({ TableInput }) => (TableInput === undefined ? 'compliant' : 'non-compliant')),
  },
  {
    id: 'IcebergSchema',
    types: TYPES,
    text: 'The Iceberg table has no schema of the kind that Glue can read: a struct with fields.',
    remedy: "Set Schema.Type of the IcebergTableInput to 'struct' and list its Fields.",
    source: REPORTS,
    judge: iceberg((properties) => {
      const schema = schemaOf(properties);
      if (isIntrinsic(schema)) return 'unresolved';
      return literal(at(schema, 'Type'), (type) => type === 'struct' && fieldsOf(properties).length > 0);
    }),
  },
  {
    id: 'IcebergColumnIds',
    types: TYPES,
    text: 'A column of the Iceberg table, or a field inside one, has no id of its own, so that old files are read under the wrong name.',
    remedy: 'Give every column, element, key and value a whole number above 0 that none before it has had.',
    source: SPEC,
    judge: iceberg((properties) => {
      const fields = fieldsOf(properties);
      if (fields.some((field) => isIntrinsic(at(field, 'Id')))) return 'unresolved';
      const ids = fields.flatMap((field) => [at(field, 'Id'), ...nestedIds(at(field, 'Type'))]);
      return distinct(ids, 1) ? 'compliant' : 'non-compliant';
    }),
  },
  {
    id: 'IcebergPartitionIds',
    types: TYPES,
    text: 'A partition field of the Iceberg table has no id of its own from 1000, or partitions by no column.',
    remedy: 'Give every partition field a FieldId from 1000 that none before it has had, and the SourceId of a column.',
    source: SPEC,
    judge: iceberg((properties) => {
      const fields = list(at(inputOf(properties), 'PartitionSpec', 'Fields'));
      if (fields.length === 0) return 'not-applicable';
      if (fields.some((field) => isIntrinsic(at(field, 'FieldId')))) return 'unresolved';
      const columns = fieldsOf(properties).flatMap((field) => [at(field, 'Id'), ...nestedIds(at(field, 'Type'))]);
      const sources = fields.map((field) => at(field, 'SourceId'));
      const found = sources.every((source) => columns.map(String).includes(String(source)));
      const ids = fields.map((field) => at(field, 'FieldId'));
      return found && distinct(ids, FIRST_PARTITION_ID) ? 'compliant' : 'non-compliant';
    }),
  },
  {
    id: 'IcebergFormatVersion',
    types: TYPES,
    text: 'The Iceberg table does not say that it is of format version 2: version 1 knows no row-level changes, Athena reads no version 3.',
    remedy: "Set IcebergInput.Version to '2'.",
    source: 'https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg.html (not read)',
    judge: iceberg((properties) =>
      literal(at(properties, 'OpenTableFormatInput', 'IcebergInput', 'Version'), (version) => String(version) === '2'),
    ),
  },
  {
    id: 'IcebergDecimal',
    types: TYPES,
    text: 'A decimal type is not spelled as Glue stores it, after which every update of the table fails.',
    remedy: "Write 'decimal(18, 8)', with one blank after the comma.",
    source: 'The notes of a public library with suites on AWS (2026-11-23); not run by us.',
    judge: iceberg((properties) => {
      const types = fieldsOf(properties).map((field) => at(field, 'Type'));
      const decimals = types.flatMap((type) =>
        typeof type === 'string' ? (type.match(/decimal\([^)]*\)/g) ?? []) : [],
      );
      if (decimals.length === 0) return 'not-applicable';
      const detail = decimals.find((each) => !/^decimal\(\d+, \d+\)$/.test(each));
      return {
        outcome: detail ? 'non-compliant' : 'compliant',
        detail: detail && `The type '${detail}' is misspelled.`,
      };
    }),
  },
];

/** Judges Iceberg tables alone. */
function iceberg(judge: (properties: Properties) => Outcome | Judgement): Rule['judge'] {
  return ({ properties }) => (properties.OpenTableFormatInput === undefined ? 'not-applicable' : judge(properties));
}

function inputOf(properties: Properties): unknown {
  return at(properties, 'OpenTableFormatInput', 'IcebergInput', 'IcebergTableInput');
}

function schemaOf(properties: Properties): unknown {
  return at(inputOf(properties), 'Schema');
}

function fieldsOf(properties: Properties): readonly unknown[] {
  return list(at(schemaOf(properties), 'Fields')).filter(isRecord);
}

/** Ids inside a type of lists, maps and structs, which stands in the template as JSON. */
function nestedIds(type: unknown): unknown[] {
  const parsed = typeof type === 'string' && type.startsWith('{') ? parse(type) : type;
  if (!isRecord(parsed)) return [];
  const own: unknown[] =
    { list: ['element-id'], map: ['key-id', 'value-id'] }[String(parsed.type)]?.map((key) => parsed[key]) ?? [];
  const inside = [parsed.element, parsed.key, parsed.value].flatMap(nestedIds);
  const fields = list(parsed.fields).flatMap((field) => [at(field, 'id'), ...nestedIds(at(field, 'type'))]);
  return [...own, ...inside, ...fields];
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    // Not JSON, so no ids: the missing one is the finding.
    return { type: 'list' };
  }
}

function distinct(ids: readonly unknown[], minimum: number): boolean {
  const numbers = ids.map(Number);
  return numbers.every((id) => Number.isInteger(id) && id >= minimum) && new Set(numbers).size === numbers.length;
}
