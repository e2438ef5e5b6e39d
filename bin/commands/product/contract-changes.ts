import { isDeepStrictEqual } from 'node:util';
import type { ContractTerms, DataProductContract, ProductConsumer } from '../../../lib/mesh';
import { interfacesOf } from '../../../lib/mesh/private/interfaces';
import { durationText } from '../../../lib/mesh/private/quantities';
import { type RecordSchema, Sensitivity } from '../../../lib/schema';
import { outlineOf } from '../../../lib/schema/private/declaration';
import { lockTable } from '../../../lib/schema/private/ledger-lock';
import { declaredTopic, incompatibilities } from '../../../lib/schema/private/topic-compatibility';

/** What a change does to those who read the product. */
export type Severity = 'breaking' | 'risky' | 'safe';

/** One thing that differs between two versions of a contract. */
export interface ContractChange {
  /** Name of the rule, e.g. `drop-column`; docs/mesh.md lists them. */
  readonly rule: string;
  readonly severity: Severity;
  /** What changes and, where that is not safe, what it does. */
  readonly message: string;
  /** The interfaces at which it is seen. */
  readonly interfaces: readonly string[];
  /** The columns that it is about; all when left out. */
  readonly columns?: readonly string[];
  /** The one domain that it is about; all when left out. */
  readonly domain?: string;
}

const ALL = ['table', 'stream', 'api'];

type Comparison = (before: ContractTerms, after: ContractTerms) => ContractChange[];

/** Everything that differs between two contracts, and what it does. The version itself is judged by `versionChange`. */
export function changesBetween(before: DataProductContract, after: DataProductContract): ContractChange[] {
  return COMPARISONS.flatMap((compare) => compare(before.stated, after.stated));
}

/** A change that is seen at every interface, unless it says more. */
export function change(
  rule: string,
  severity: Severity,
  message: string,
  more: Partial<Pick<ContractChange, 'interfaces' | 'columns' | 'domain'>> = {},
): ContractChange {
  return { rule, severity, message, interfaces: ALL, ...more };
}

const compareWords: Comparison = (before, after) => [
  ...(before.name === after.name
    ? []
    : [change('rename-product', 'breaking', `product '${before.name}' is now '${after.name}'`)]),
  ...(before.owner === after.owner
    ? []
    : [change('change-owner', 'safe', `the owner is '${after.owner}' instead of '${before.owner}'`)]),
  ...(before.description === after.description ? [] : [change('describe-product', 'safe', 'it is described anew')]),
];

const compareInterfaces: Comparison = (before, after) => {
  const [old, now] = [interfacesOf(before), interfacesOf(after)];
  return [
    ...old
      .filter(({ what }) => !now.some((each) => each.what === what))
      .map(({ what, type }) => change('remove-interface', 'breaking', `${what} is gone`, { interfaces: [type] })),
    ...now
      .filter(({ what }) => !old.some((each) => each.what === what))
      .map(({ what, type }) => change('add-interface', 'safe', `${what} is new`, { interfaces: [type] })),
  ];
};

const compareSchemas: Comparison = (before, after) => {
  const [old, now] = [before.schema, after.schema];
  if (old && now) {
    const columns = compareColumns(before, after);
    return [...columns, ...compareMeaning(old, now), ...compareStream(before, old, now, columns)];
  }
  if (!old && now) return [change('state-schema', 'safe', 'the columns are written out, which they were not')];
  if (old && !now)
    return [change('hide-schema', 'risky', 'the columns are no longer written out, so that no change of them shows')];
  return before.recordName === after.recordName
    ? []
    : [
        change(
          'change-record',
          'risky',
          `the record is ${shown(after.recordName)} instead of ${shown(before.recordName)}, and only the code knows what differs`,
        ),
      ];
};

/** Verdicts of the ledger that readers feel although Iceberg allows them. */
const FELT: { readonly [rule: string]: Severity } = { 'rename-column': 'breaking', 'make-optional': 'risky' };
/** Judged by the contract's key instead, which need not be Iceberg's. */
const IDENTIFIERS = new Set(['identifier-fields', 'drop-identifier-field']);
const PARTITIONS = /partition/;

/** By Iceberg's rules, as the ledger judges a table. */
function compareColumns(before: ContractTerms, after: ContractTerms): ContractChange[] {
  const outline = ({ schema, partitionedBy }: ContractTerms) =>
    outlineOf({ name: before.name, schema: schema as RecordSchema, partitionedBy });
  const { entry } = lockTable(outline(before));
  const dropped = (name: string) => !after.schema?.columns.some((each) => each.name === name);
  return lockTable(outline(after), entry)
    .verdicts.filter(
      ({ rule, subject }) => !(IDENTIFIERS.has(rule) && !(rule === 'drop-identifier-field' && dropped(subject))),
    )
    .map(({ rule, subject, legal, message }) => {
      const said = message.replace(/ \(id \d+\)/g, '').replace(/ \(id \d+, /g, ' (');
      if (PARTITIONS.test(rule)) return change(rule, legal ? 'risky' : 'breaking', said, { interfaces: ['table'] });
      const former = rule === 'rename-column' ? [/^column '([^']+)'/.exec(said)?.[1] ?? subject] : [];
      const columns = [...new Set([subject, ...former].map((path) => path.split('.')[0]))];
      return change(rule, FELT[rule] ?? (legal ? 'safe' : 'breaking'), said, { columns });
    });
}

/** What columns mean: key, event time, names on the wire, values, words. */
function compareMeaning(before: RecordSchema, after: RecordSchema): ContractChange[] {
  const key = ({ key: columns }: RecordSchema) => (columns.length === 0 ? 'nothing' : columns.join(', '));
  return [
    ...(key(before) === key(after)
      ? []
      : [change('change-key', 'breaking', `a record is identified by ${key(after)} instead of ${key(before)}`)]),
    ...(before.eventTime === after.eventTime
      ? []
      : [
          change(
            'change-event-time',
            'breaking',
            `the event time is ${shown(after.eventTime)} instead of ${shown(before.eventTime)}`,
          ),
        ]),
    ...after.columns.flatMap((column) => {
      const old = before.columns.find(({ name }) => name === column.name);
      return old === undefined ? [] : compareColumn(old, column);
    }),
  ];
}

function compareColumn(before: RecordSchema['columns'][number], after: typeof before): ContractChange[] {
  const { name } = after;
  const columns = [name];
  const wire = [before, after].map((each) => each.wireName ?? each.name);
  return [
    ...(wire[0] === wire[1]
      ? []
      : [
          change('rename-field', 'breaking', `column '${name}' is field '${wire[1]}' instead of '${wire[0]}' in JSON`, {
            interfaces: ['stream', 'api'],
            columns,
          }),
        ]),
    ...(before.positive && !after.positive
      ? [change('allow-values', 'risky', `column '${name}' may have values that are not above zero`, { columns })]
      : []),
    ...(!before.positive && after.positive
      ? [change('restrict-values', 'safe', `column '${name}' has only values above zero`, { columns })]
      : []),
    ...(before.doc === after.doc ? [] : [change('describe-column', 'safe', `column '${name}' is described anew`)]),
    ...classification(
      `column '${name}'`,
      before.sensitivity ?? 'not classified',
      after.sensitivity ?? 'not classified',
      columns,
    ),
  ];
}

/** Messages of the past stay in the topic, and readers of the new schema meet them. */
function compareStream(
  { streams }: ContractTerms,
  before: RecordSchema,
  after: RecordSchema,
  known: readonly ContractChange[],
): ContractChange[] {
  if (streams.length === 0) return [];
  const old = declaredTopic(before);
  const broken = new Set(
    known.filter(({ severity }) => severity === 'breaking').flatMap(({ columns = [] }) => columns),
  );
  const nameOf = (field: string) => after.columns.find((each) => (each.wireName ?? each.name) === field)?.name ?? field;
  return incompatibilities({ key: old.key, versions: [old.version] }, { ...declaredTopic(after), key: old.key })
    .map((reason) => ({ reason, column: nameOf(/^field '([^'.[]+)/.exec(reason)?.[1] ?? '') }))
    .filter(({ column }) => !broken.has(column))
    .map(({ reason, column }) =>
      change('break-messages', 'breaking', reason.replace(/;[^;]*$/, ''), {
        interfaces: ['stream'],
        columns: [column],
      }),
    );
}

const compareClassification: Comparison = (before, after) =>
  classification('the product', before.classification, after.classification);

function classification(what: string, before: string, after: string, columns?: string[]): ContractChange[] {
  const order: string[] = ['not classified', ...Object.values(Sensitivity)];
  if (before === after) return [];
  const message = `${what} is ${after} instead of ${before}`;
  return order.indexOf(after) > order.indexOf(before)
    ? [
        change('raise-classification', 'breaking', `${message}, and who is not cleared for that reads it no more`, {
          columns,
        }),
      ]
    : [change('lower-classification', 'risky', `${message}, and more people read it`, { columns })];
}

const compareObjectives: Comparison = ({ objectives: before }, { objectives: after }) => [
  ...promise('freshness', before.freshnessSeconds, after.freshnessSeconds, durationText, (old, now) => now > old),
  ...promise('availability', before.availabilityPercent, after.availabilityPercent, percent, (old, now) => now < old),
  ...promise('quality_score', before.qualityScorePercent, after.qualityScorePercent, percent, (old, now) => now < old),
];

function promise(
  name: string,
  before: number | undefined,
  after: number | undefined,
  text: (value: number) => string,
  isLooser: (before: number, after: number) => boolean,
): ContractChange[] {
  if (before === after) return [];
  if (after === undefined)
    return [change('drop-objective', 'breaking', `${name} is promised no more (it was ${text(before ?? 0)})`)];
  if (before === undefined) return [change('add-objective', 'safe', `${name} of ${text(after)} is promised`)];
  const message = `${name} goes from ${text(before)} to ${text(after)}`;
  return isLooser(before, after)
    ? [change('loosen-objective', 'risky', `${message}, which is less than was promised`)]
    : [change('tighten-objective', 'safe', message)];
}

const compareTests: Comparison = ({ tests: before }, { tests: after }) => {
  const rules = ({ unique, notNull }: ContractTerms['tests']) => [
    ...unique.map((columns) => ({ columns, text: `unique ${columns.join(', ')}` })),
    ...notNull.map((column) => ({ columns: [column], text: `not_null ${column}` })),
  ];
  const missing = (one: ContractTerms['tests'], other: ContractTerms['tests']) =>
    rules(one).filter(({ text }) => !rules(other).some((each) => each.text === text));
  const [old, now] = [before.freshnessSeconds, after.freshnessSeconds];
  const looser = old !== undefined && (now === undefined || now > old);
  return [
    ...missing(before, after).map(({ columns, text }) =>
      change('drop-test', 'risky', `test '${text}' is gone, and what it kept out may come`, { columns }),
    ),
    ...missing(after, before).map(({ text }) => change('add-test', 'safe', `test '${text}' is new`)),
    ...(old === now
      ? []
      : [
          change(
            looser ? 'drop-test' : 'add-test',
            looser ? 'risky' : 'safe',
            `test 'freshness' is ${now === undefined ? 'gone' : durationText(now)} (it was ${old === undefined ? 'not there' : durationText(old)})`,
          ),
        ]),
  ];
};

const compareRetention: Comparison = ({ retentionSeconds: before }, { retentionSeconds: after }) => {
  const text = (seconds: number | undefined) => (seconds === undefined ? 'for ever' : `for ${durationText(seconds)}`);
  if (before === after) return [];
  const shorter = (after ?? Infinity) < (before ?? Infinity);
  const message = `rows are kept ${text(after)} instead of ${text(before)}`;
  return [
    shorter
      ? change('shorten-retention', 'breaking', `${message}, and older ones go`)
      : change('lengthen-retention', 'safe', message),
  ];
};

const compareTerms: Comparison = ({ terms: before }, { terms: after }) => {
  const narrower =
    after.purposes.length > 0 &&
    (before.purposes.length === 0 || before.purposes.some((each) => !after.purposes.includes(each)));
  const [old, now] = [before.noticeSeconds ?? 0, after.noticeSeconds ?? 0];
  return [
    ...(isDeepStrictEqual(before.purposes, after.purposes)
      ? []
      : [
          change(
            'change-purposes',
            narrower ? 'risky' : 'safe',
            `it may be used for ${after.purposes.join(', ') || 'anything'} instead of ${before.purposes.join(', ') || 'anything'}`,
          ),
        ]),
    ...(old === now
      ? []
      : [
          change(
            'change-notice',
            now < old ? 'risky' : 'safe',
            `an old version stays ${durationText(now)} beside a new one instead of ${durationText(old)}`,
          ),
        ]),
    ...(before.usage === after.usage && before.limitations === after.limitations
      ? []
      : [change('describe-terms', 'safe', 'usage or limitations are described anew')]),
  ];
};

const compareConsumers: Comparison = ({ consumers: before }, { consumers: after }) => {
  const id = (each: ProductConsumer) => `${each.domain} ${each.product ?? ''} ${each.majorVersion}`;
  return [
    ...before.flatMap((old) => {
      const { domain } = old;
      const now = after.find((each) => id(each) === id(old));
      if (now === undefined) {
        return [change('withdraw-subscription', 'breaking', `'${domain}' is no consumer any more`, { domain })];
      }
      const lost = [
        ...old.interfaces.filter((each) => !now.interfaces.includes(each)).map((each) => `interface '${each}'`),
        ...(now.columns === undefined
          ? []
          : old.columns === undefined
            ? ['some columns']
            : old.columns.filter((each) => !now.columns?.includes(each)).map((each) => `column '${each}'`)),
        ...(now.rows === undefined || now.rows === old.rows ? [] : [`rows that are not ${now.rows}`]),
      ];
      return lost.length === 0
        ? []
        : [change('narrow-subscription', 'breaking', `'${domain}' reads ${lost.join(', ')} no more`, { domain })];
    }),
    ...after
      .filter((now) => !before.some((old) => id(old) === id(now)))
      .map(({ domain }) => change('approve-subscription', 'safe', `'${domain}' becomes a consumer`, { domain })),
  ];
};

const compareLineage: Comparison = (before, after) =>
  isDeepStrictEqual([before.inputs, before.columnOrigins], [after.inputs, after.columnOrigins])
    ? []
    : [change('change-lineage', 'safe', 'it is made of something else than before')];

const COMPARISONS: readonly Comparison[] = [
  compareWords,
  compareInterfaces,
  compareSchemas,
  compareClassification,
  compareObjectives,
  compareTests,
  compareRetention,
  compareTerms,
  compareConsumers,
  compareLineage,
];

function percent(value: number): string {
  return `${value} %`;
}

function shown(value: string | undefined): string {
  return value === undefined ? 'none' : `'${value}'`;
}
