import { diffContracts } from '../../../../bin/commands/product/contract-diff';
import { contractOf, FULL_CONTRACT, SEED_CONTRACT } from '../../../lib/mesh/contracts';

/** The full contract, with a version that each change needs at least, so that the version itself is no finding. */
function diff(from: string | RegExp, to: string, version = '2.4.0', before = FULL_CONTRACT) {
  expect(before).toMatch(from);
  const after = before.replace(from, to).replace('version: 2.3.1', `version: ${version}`);
  return diffContracts(contractOf(before), contractOf(after));
}

test('a contract that stays as it is has no change and needs no version', () => {
  const same = diffContracts(contractOf(FULL_CONTRACT), contractOf(FULL_CONTRACT));
  expect([same.changes, same.neededVersion]).toEqual([[], '2.3.1']);
});

/** What changes, from, to, and the rule with its severity. */
const CHANGES: [string, string | RegExp, string, string][] = [
  ['a column dropped', / +- \{name: tags.*\n/, '', 'breaking drop-column'],
  ['a column narrowed', 'decimal(38, 8)', 'decimal(18, 8)', 'breaking change-type'],
  ['a column of another type', 'valued_at, type: timestamptz', 'valued_at, type: timestamp', 'breaking change-type'],
  [
    'a column made optional',
    'name: symbol, type: string, required: true',
    'name: symbol, type: string',
    'risky make-optional',
  ],
  ['a column made required', "list<string>>'", "list<string>>', required: true", 'breaking require-column'],
  ['a column renamed', '{name: tags,', '{name: labels, renamed_from: [tags],', 'breaking rename-column'],
  ['a column added', '  key:', '    - {name: desk, type: string}\n  key:', 'safe add-column'],
  [
    'a required column added',
    '  key:',
    '    - {name: desk, type: string, required: true}\n  key:',
    'breaking add-required-column',
  ],
  ['a key changed', 'key: [trader_id, symbol]', 'key: [trader_id, symbol, valued_at]', 'breaking change-key'],
  ['an event time given up', '  event_time: valued_at\n', '', 'breaking change-event-time'],
  ['a partition changed', 'bucket(16, symbol)', 'bucket(32, symbol)', 'risky add-partition-field'],
  ['a field renamed in JSON', 'wire_name: amount', 'wire_name: value', 'breaking rename-field'],
  ['a column described anew', 'Who trades', 'Who traded', 'safe describe-column'],
  [
    'a classification raised',
    'classification: confidential\ns',
    'classification: personal\ns',
    'breaking raise-classification',
  ],
  [
    'a column classified lower',
    'true, classification: confidential',
    'true, classification: internal',
    'risky lower-classification',
  ],
  ['an objective loosened', 'availability: 99.5%', 'availability: 99%', 'risky loosen-objective'],
  ['an objective tightened', 'availability: 99.5%', 'availability: 99.9%', 'safe tighten-objective'],
  ['an objective dropped', ', quality_score: 100%', '', 'breaking drop-objective'],
  ['an interface removed', /.*type: api.*\n/, '', 'breaking remove-interface'],
  ['an interface added', 'interfaces:\n', 'interfaces:\n  - {type: table, name: risk.more}\n', 'safe add-interface'],
  ['a topic renamed', 'topic: risk.exposures.v2', 'topic: risk.exposed.v2', 'breaking remove-interface'],
  ['a test dropped', '    - not_null: exposure\n', '', 'risky drop-test'],
  ['a test loosened', 'freshness: 30 minutes', 'freshness: 1 hour', 'risky drop-test'],
  ['rows kept for less long', 'retention: 7 years', 'retention: 1 year', 'breaking shorten-retention'],
  ['rows kept for longer', 'retention: 7 years', 'retention: 8 years', 'safe lengthen-retention'],
  ['a shorter notice', '12 weeks', '1 week', 'risky change-notice'],
  ['a purpose allowed', '[limits, reporting]', '[limits, reporting, research]', 'safe change-purposes'],
  ['a subscription withdrawn', /.*domain: audit.*\n/, '', 'breaking withdraw-subscription'],
  ['a subscription narrowed', 'columns: [symbol, exposure]', 'columns: [symbol]', 'breaking narrow-subscription'],
  ['another lineage', ', trading.quotes.mid', '', 'safe change-lineage'],
  ['another owner', 'owner: risk-domain-team', 'owner: desk', 'safe change-owner'],
];

test.each(CHANGES)('%s is judged', (_, from, to, expected) => {
  const breaks = expected.startsWith('breaking');
  const found = diff(from, to).changes.map(({ severity, rule }) => `${severity} ${rule}`);
  expect(found).toContain(expected);
  expect(found.some((each) => each === 'breaking version-not-raised')).toBe(breaks);
  if (!breaks) expect(found.filter((each) => each.startsWith('breaking'))).toEqual([]);
});

test('an Iceberg-legal widening is safe', () => {
  const narrow = FULL_CONTRACT.replace('decimal(38, 8)', 'decimal(18, 8)');
  expect(diff('decimal(18, 8)', 'decimal(38, 8)', '2.4.0', narrow).changes).toMatchObject([
    { severity: 'safe', rule: 'widen-type' },
  ]);
});

test('a value that older messages may have and the new record refuses breaks the stream alone', () => {
  const [change] = diff("'decimal(38, 8)'", "'decimal(38, 8)', positive: true").changes;
  expect(change).toMatchObject({ rule: 'break-messages', interfaces: ['stream'], columns: ['exposure'] });
});

describe('who is hit', () => {
  const whom = (...change: [string | RegExp, string]) => [
    ...new Set(diff(...change).changes.flatMap(({ hits }) => hits)),
  ];
  // `audit` has approved version 1, which is not the one that changes.
  const both = (text: string) => text.replace('domain: audit, version: 1', 'domain: audit, version: 2');
  const wide = both(FULL_CONTRACT);

  test('is who reads the column', () => {
    const change = diff("'decimal(38, 8)'", 'double', '2.4.0', wide).changes.find(({ rule }) => rule === 'change-type');
    expect(change?.hits).toEqual(['finance (finance.pnl)', 'audit']);
  });

  test('is not who reads other columns, other interfaces or another version', () => {
    const dropped = diff(/ +- \{name: tags.*\n/, '', '2.4.0', wide).changes.find(({ rule }) => rule === 'drop-column');
    expect(dropped?.hits).toEqual(['audit']);
    const removed = diff(/.*type: api.*\n/, '', '2.4.0', wide).changes.find(({ rule }) => rule === 'remove-interface');
    expect(removed?.hits).toEqual(['audit']);
    expect(whom(/ +- \{name: tags.*\n/, '')).toEqual(['finance (finance.pnl)']);
    expect(diff(/ +- \{name: tags.*\n/, '').changes[0].hits).toEqual([]);
  });

  test('is also who asks for the product without approval', () => {
    const asking = SEED_CONTRACT.replace('sla:', 'lineage: {inputs: [{product: risk.exposures, version: 2}]}\nsla:');
    const after = contractOf(FULL_CONTRACT.replace(/.*type: stream.*\n/, '').replace('2.3.1', '2.4.0'));
    const [change] = diffContracts(contractOf(FULL_CONTRACT), after, [contractOf(asking)]).changes;
    expect(change.hits).toEqual(['trading (trading.trades)']);
  });
});

describe('the version', () => {
  const rules = ({ changes }: ReturnType<typeof diff>) => changes.map(({ rule }) => rule);

  test('must be raised by its second number for what is new', () => {
    expect(rules(diff('interfaces:\n', 'interfaces:\n  - {type: table, name: risk.more}\n', '2.3.2'))).toContain(
      'version-not-raised',
    );
  });

  test('may stay for words', () => {
    expect(diff('Open position', 'The open position', '2.3.1').neededVersion).toBe('2.3.1');
  });

  test('never goes back', () => {
    // What a version changed is told for those that there are.
    const before = FULL_CONTRACT.replace(/  - \{version: 2\.3\.1.*\n/, '');
    expect(rules(diff('Open position', 'The open position', '2.3.0', before))).toContain('lower-version');
  });

  const NEXT: [string, string][] = [
    ['exposures.v2', 'exposures.v3'],
    ['/api/v2', '/api/v3'],
  ];
  const next = (table: string) =>
    [
      ...NEXT,
      ['decimal(38, 8)', 'decimal(18, 8)'],
      ['version: 2.3.1', 'version: 3.0.0'],
      ['name: risk.exposures, acc', `name: ${table}, acc`],
    ].reduce((text, [from, to]) => text.replace(from, to), FULL_CONTRACT);

  test('that is a new major one with interfaces of its own runs beside the old one', () => {
    expect(diffContracts(contractOf(FULL_CONTRACT), contractOf(next('risk.exposures_v3'))).beside).toBe(true);
  });

  test('that is a new major one in the same table takes the old one away', () => {
    const inPlace = diffContracts(contractOf(FULL_CONTRACT), contractOf(next('risk.exposures')));
    expect(inPlace.beside).toBe(false);
    expect(rules(inPlace)).toContain('replace-in-place');
  });
});
