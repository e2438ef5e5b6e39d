import { PRICES } from '../../../../bin/pricing/prices';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { registerReviewCommand } from '../../../../bin/commands/review';
import { judgeRisks, loadApprovals } from '../../../../bin/commands/review/approvals';
import type { Assembly } from '../../../../bin/commands/review/assembly';
import { flowOf, mermaid } from '../../../../bin/commands/review/flow';
import { renderMarkdown } from '../../../../bin/commands/review/render/markdown';
import { review } from '../../../../bin/commands/review/review';
import type { Template } from '../../../../bin/commands/review/template';
import { synth } from '../../../blueprints/lakehouse/synth';

let folder: string;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'review-'));
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function run(...options: string[]): Promise<number> {
  const program = new Command().exitOverride();
  registerReviewCommand(program);
  await program.parseAsync(['node', 'data-patterns', 'review', ...options]);
  return Number(process.exitCode);
}

const BUCKET = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'a' } };

function assembly(name: string, template: object, report?: object): string {
  const directory = join(folder, name);
  mkdirSync(directory);
  const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'S.template.json' } };
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ version: '1', artifacts: { S: stack } }));
  writeFileSync(join(directory, 'S.template.json'), JSON.stringify(template));
  if (report) writeFileSync(join(directory, 'validation-report.json'), JSON.stringify(report));
  return directory;
}

const renamed = () => [
  '--base',
  assembly('base', { Resources: { Lake: BUCKET } }),
  '--head',
  assembly('head', { Resources: { Lake: { ...BUCKET, Properties: { BucketName: 'b' } } } }),
];

const template = (settings = {}): Template => synth({ settings }).toJSON() as Template;
let unchanged: Template | undefined;
/** The lakehouse as it stands, synthesized once. */
const lakehouse = (): Template => (unchanged ??= template());
let inProduction: Template | undefined;
/** The same for production. */
const production = (): Template => (inProduction ??= template({ profile: 'production' }));

describe('the lakehouse, changed', () => {
  const wrapped = (one: Template): Assembly => ({ stacks: [{ name: 'TradingLakehouseStack', template: one }] });
  const base = lakehouse();
  const edit = (change: (resources: Record<string, { Type: string; Properties: Record<string, unknown> }>) => void) => {
    const copy = structuredClone(base) as unknown as { Resources: Record<string, never> };
    change(copy.Resources);
    return wrapped(copy as unknown as Template);
  };

  test('against itself, nothing is said', () => {
    const result = review(wrapped(base), wrapped(structuredClone(base)), [], '2026-11-28');
    expect(result).toMatchObject({ risks: [], changes: [], safe: true });
    expect(renderMarkdown(result)).toMatch(/^## Nothing changes\n/);
  });

  test('a dropped column names the jobs that read it, and the table as the ledger does', () => {
    const head = edit((resources) => {
      const table = Object.values(resources).find(
        (each) => each.Type === 'AWS::Glue::Table' && each.Properties.Name === 'trades_quarantine',
      );
      const path = 'OpenTableFormatInput.IcebergInput.IcebergTableInput.Schema.Fields';
      const fields = path
        .split('.')
        .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], table?.Properties) as unknown[];
      fields.pop();
    });
    const { risks } = review(wrapped(base), head, [], '2026-11-28');
    expect(risks.map(({ rule }) => rule)).toEqual(['column-dropped']);
    expect(risks[0].says).toMatch(/^silver\.trades_quarantine: column '\w+' is dropped.*It is read by .*Silver/);
  });

  test('from sandbox to production nothing is lost, but what is kept is', () => {
    const { risks } = review(wrapped(production()), wrapped(base), [], '2026-11-28');
    expect(risks.map(({ rule }) => rule)).toContain('retention-policy-removed');
    const back = review(wrapped(base), wrapped(production()), [], '2026-11-28').risks;
    expect(back.filter(({ kind }) => kind === 'data').map(({ rule }) => rule)).not.toContain(
      'retention-policy-removed',
    );
  });

  test('costs what docs/deploying.md says it costs at rest, and nothing is counted as zero', () => {
    const { cost } = review({ stacks: [] }, wrapped(base), [], '2026-11-28');
    // 92 USD at rest and 18 for the jobs of that page lie between.
    expect(cost.after.low).toBeGreaterThan(92);
    expect(cost.after.high).toBeLessThan(4 * cost.after.low);
    expect(cost.unpriced).toEqual({});
    const unknown = review(
      { stacks: [] },
      wrapped({ Resources: { Rocket: { Type: 'AWS::Moon::Rocket' } } }),
      [],
      '2026-11-28',
    );
    expect(unknown.cost.unpriced).toEqual({ 'AWS::Moon::Rocket': 1 });
    expect(renderMarkdown(unknown)).toContain('Without a price, and in no sum: 1 × AWS::Moon::Rocket.');
  });

  test('costs a month what lies between one and four, before and after, whichever side is the dearer', () => {
    for (const [before, after] of [
      [base, production()],
      [production(), base],
    ]) {
      const { cost } = review(wrapped(before), wrapped(after), [], '2026-11-28');
      const ranges = [cost, ...cost.changed].flatMap((each) => [each.before, each.after]);
      expect(cost.changed.length).toBeGreaterThan(3);
      expect(ranges.filter(({ low, high }) => !(low >= 0 && low <= high && high <= 4 * low + 1e-9))).toEqual([]);
      // What differs, and nothing else, makes the difference of the sums.
      for (const end of ['low', 'high'] as const) {
        const differences = cost.changed.map((each) => each.after[end] - each.before[end]);
        const sum = differences.reduce((one, other) => one + other, 0);
        expect(sum).toBeCloseTo(cost.after[end] - cost.before[end], 6);
      }
    }
  });

  test('costs what the use that its template tells makes of it', () => {
    const bucket = { Type: 'AWS::S3::Bucket' };
    const workgroup = { Type: 'AWS::RedshiftServerless::Workgroup', Properties: { BaseCapacity: 8 } };
    const stack = (usage?: Record<string, number>) =>
      wrapped({ Metadata: usage && { 'cdk-data-patterns:usage': usage }, Resources: { bucket, workgroup } });
    const costOf = (usage?: Record<string, number>) => review(stack(), stack(usage), [], '2026-11-28').cost.after;
    const { s3, rpu } = { s3: PRICES.prices['s3.storage'].usd, rpu: PRICES.prices['redshift.rpu'].usd };
    // 500 GB; 8 units for two hours on 30 days.
    const asked = costOf({ storedGigabytes: 500, queryMinutesADay: 120 });
    expect(asked.low).toBeCloseTo(500 * s3 + 8 * 2 * 30 * rpu, 6);
    expect(asked.high).toBeCloseTo(4 * asked.low, 6);
    expect(costOf({ storedGigabytes: 25, queryMinutesADay: 30 })).toEqual(costOf());
  });

  test('carries the use that its blueprint.yaml tells', () => {
    const used = template({ usage: { storedGigabytes: 500 } });
    const { cost } = review(wrapped(base), wrapped(used), [], '2026-11-28');
    const buckets = Object.values(used.Resources ?? {}).filter(({ Type }) => Type === 'AWS::S3::Bucket').length;
    const more = buckets * (500 - 25) * PRICES.prices['s3.storage'].usd;
    expect(cost.after.low - cost.before.low).toBeCloseTo(more, 6);
    expect(buckets).toBeGreaterThan(0);
  });

  test('has a diagram in its comment, or a sentence where Mermaid would draw an error', () => {
    const unchanged = review(wrapped(base), wrapped(base), [], '2026-11-28');
    const comment = (arrows: number) => {
      const edges = Array.from({ length: arrows }, () => ({ from: 'a', to: 'b', change: 'added' as const }));
      const nodes = ['a', 'b'].map((id) => ({ id, kind: 'table' as const, label: id }));
      return renderMarkdown({ ...unchanged, diagram: mermaid({ nodes, edges }) });
    };
    expect(comment(500)).toContain('```mermaid');
    expect(comment(501)).not.toContain('```mermaid');
    expect(comment(501)).toContain('More than a comment can draw (501 arrows): `--format json` has the diagram.');
  });

  test('is drawn from its sources to its tables, without the functions behind custom resources', () => {
    const drawn = mermaid(flowOf(wrapped(base).stacks));
    for (const label of ['trades', 'bronze.trades', 'silver.trades', 'gold.daily_trading_summary', 'Silver', 'Gold']) {
      expect(drawn).toContain(`"${label}"`);
    }
    expect(drawn).not.toMatch(/Guard|Emptier/);
    const { nodes, edges } = flowOf(wrapped(base).stacks);
    const id = (label: string) => nodes.find((each) => each.label === label)?.id;
    const has = (from: string, to: string) => edges.some((each) => each.from === id(from) && each.to === id(to));
    expect([has('trades', 'Ingestion'), has('Ingestion', 'bronze.trades'), has('bronze.trades', 'Silver')]).toEqual([
      true,
      true,
      true,
    ]);
    expect([has('Silver', 'silver.trades'), has('silver.trades', 'Gold'), has('Gold', 'silver.trades')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('who is hit', () => {
  const exported = { Topic: { Value: { Ref: 'Trades' }, Export: { Name: 'trades-topic' } } };
  const producer = { Trades: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'trades' } } };
  const subscription = {
    Metadata: { 'aws:cdk:path': 'Risk/Alerts/Resource' },
    Type: 'AWS::SNS::Subscription',
    Properties: { Protocol: 'sqs', TopicArn: { 'Fn::ImportValue': 'trades-topic' } },
  };
  const app = (trading: object, ...others: [string, object][]): Assembly => ({
    stacks: [['Trading', trading] as const, ...others].map(([name, template]) => ({ name, template })),
  });
  const consumer: [string, object] = ['Risk', { Resources: { Alerts: subscription } }];
  const says = (before: Assembly, after: Assembly) =>
    review(before, after, [], '2026-11-28').risks.map((each) => each.says);

  test('by the removal of an export: who imports it, in stacks that do not change, too', () => {
    const [before, after] = [{ Resources: producer, Outputs: exported }, { Resources: producer }];
    const [sentence] = says(app(before, consumer), app(after, consumer));
    expect(sentence).toMatch(/^export 'trades-topic' is removed\. It is imported by Risk\/Alerts: .*Keep the export/);
    expect(says(app(before), app(after))[0]).toMatch(/Nothing in this app imports it; .*--export-name trades-topic/);
  });

  test('by the removal of an interface: who reaches it through an export', () => {
    const before = app({ Resources: producer, Outputs: exported }, consumer);
    const after = app({ Outputs: exported }, consumer);
    expect(says(before, after)).toEqual([
      "notification topic 'trades' is removed: whoever uses it fails, in this app Risk/Alerts. Tell its consumers first.",
    ]);
  });

  test('by fewer partitions: the jobs that read the topic', () => {
    const head = structuredClone(lakehouse()) as unknown as {
      Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
    };
    const topic = Object.values(head.Resources).find(({ Type }) => Type === 'AWS::MSK::Topic');
    if (topic) topic.Properties.PartitionCount = 1;
    expect(says(app(lakehouse()), app(head))[0]).toMatch(/3 partitions become 1; .* It is read by Ingestion\./);
  });
});

describe('what a reviewer reads first', () => {
  const named = (path: string, Type: string, Properties: object = {}) => ({
    Type,
    Properties,
    Metadata: { 'aws:cdk:path': `S/${path}/Resource` },
  });
  const commentOn = (before: object, after: object): string => {
    const [base, head] = [before, after].map((Resources): Assembly => {
      return { stacks: [{ name: 'S', template: { Resources } as Template }] };
    });
    return renderMarkdown(review(base, head, [], '2026-11-28'));
  };

  test('of a custom resource that is given something else: an update, for its provider is called', () => {
    const started = (Configuration: string) => ({ A: named('Rules/Started', 'Custom::Started', { Configuration }) });
    expect(commentOn(started('a'), started('b'))).toContain('| updated in place | S/Rules/Started |');
  });

  test('names constructs, not logical ids', () => {
    const bucket = { TasksData7D1886FA: named('Tasks/Data', 'AWS::S3::Bucket') };
    const Resource = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['TasksData7D1886FA', 'Arn'] }, '/staging/*']] };
    const PolicyDocument = { Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource }] };
    const role = named('Role', 'AWS::IAM::Role', { Policies: [{ PolicyName: 'p', PolicyDocument }] });
    expect(commentOn(bucket, { ...bucket, Role: role })).toContain('may s3:getobject on Tasks/Data/staging/*.');
  });

  test('tells what a role may from what a policy lets others do', () => {
    const statement = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' };
    const key = (...Statement: object[]) => ({ Key: named('Key', 'AWS::KMS::Key', { KeyPolicy: { Statement } }) });
    const comment = commentOn(key(), key({ ...statement, Principal: { AWS: 'arn:aws:iam::999999999999:role/a' } }));
    expect(comment).toContain('from now on lets arn:aws:iam::999999999999:role/a do kms:decrypt on *.');
    const role = (...Statement: object[]) => ({
      Role: named('Role', 'AWS::IAM::Role', { Policies: [{ PolicyName: 'p', PolicyDocument: { Statement } }] }),
    });
    expect(commentOn(role(), role(statement))).toContain('from now on may kms:decrypt on *.');
  });

  test('does not tell two costs apart that look the same', () => {
    const secrets = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`A${i}`, named(`A${i}`, 'AWS::SecretsManager::Secret')]),
      );
    expect(commentOn(secrets(1000), secrets(1001))).toMatch(/Cost a month: 400 USD, about as before\./);
    expect(commentOn(secrets(1000), secrets(2000))).toMatch(/Cost a month: 800 USD, before 400 USD\./);
  });

  test('has what is worth knowing unfolded, while it is short', () => {
    const outputs = (count: number): Assembly => {
      const Outputs = Object.fromEntries(Array.from({ length: count }, (_, i) => [`O${i}`, { Value: 'a' }]));
      return { stacks: [{ name: 'S', template: { Outputs } }] };
    };
    const after = (count: number) => renderMarkdown(review(outputs(count), outputs(0), [], '2026-11-28'));
    expect(after(8)).toContain('<details open>\n<summary>Also worth knowing (8)');
    expect(after(9)).toContain('<details>\n<summary>Also worth knowing (9)');
  });
});

test('a change of as many resources as a stack has at most fits a comment of GitHub', () => {
  const many = (value: string): Template => ({
    Resources: Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [
        `Lake${index}`,
        { Type: 'AWS::KMS::Key', Properties: { Description: value, KeyPolicy: {} } },
      ]),
    ),
  });
  const side = (value: string): Assembly => ({ stacks: [{ name: 'S', template: many(value) }] });
  const text = renderMarkdown(review(side('a'), side('b'), [], '2026-11-28'));
  expect(text).toContain('And 350 more: `--format json` has all.');
  expect(text.length).toBeLessThan(65_536);
});

describe('approvals', () => {
  const id = 'stateful-replaced:S/Lake';
  const approve = (expires: string, of = id) => {
    const file = join(folder, 'review-approvals.yaml');
    writeFileSync(file, `approvals:\n  - {id: "${of}", reason: the bucket is empty, expires: '${expires}'}\n`);
    return file;
  };

  test('a risk fails the review, an approval lets it pass, an expired one does not', async () => {
    const sides = renamed();
    expect(await run(...sides, '--approvals', join(folder, 'none.yaml'))).toBe(1);
    expect(output).toMatch(/^## 1 risk needs approval/);
    expect(output).toContain(`  - id: "${id}"`);
    expect(await run(...sides, '--approvals', approve('2999-01-01'.replace('2999', '2099')))).toBe(0);
    expect(output).toContain('**Approved** until 2099-01-01: the bucket is empty');
    expect(await run(...sides, '--approvals', approve('2020-01-01'))).toBe(1);
    expect(output).toContain('expired on 2020-01-01');
  });

  test('one that covers nothing is said', () => {
    const { stale } = judgeRisks([], [{ id: 'x:y', reason: 'because it is', expires: '2099-01-01' }], '2026-11-28');
    expect(stale).toMatchObject([{ why: 'covers no risk of this change; remove it' }]);
  });

  test.each([
    ["approvals:\n  - {id: x, reason: long enough, expires: '2027-01-01'}", '2:6: .*copy the id from the review'],
    ["approvals:\n  - {id: 'a:b', reason: short, expires: '2027-01-01'}", '2:17: '],
    ["approvals:\n  - {id: 'a:b', reason: long enough}", "lacks 'expires'; add it"],
    ["approvals:\n  - {id: 'a:b', reason: long enough, expires: '2027-13-01'}", "write a day as '2027-01-31'"],
  ])('%j is refused', (content, expected) => {
    const file = join(folder, 'review-approvals.yaml');
    writeFileSync(file, content);
    expect(() => loadApprovals(file)).toThrow(new RegExp(expected));
  });
});

test('JSON has changes, risks and cost; SARIF has a result for each risk', async () => {
  const sides = renamed();
  await run(...sides, '--format', 'json');
  const json = JSON.parse(output);
  expect(json.changes).toMatchObject([{ logicalId: 'Lake', effect: 'replace', replacedFor: ['BucketName'] }]);
  output = '';
  await run(...sides, '--format', 'sarif');
  const [{ results, tool }] = JSON.parse(output).runs;
  expect(results).toMatchObject([{ ruleId: 'stateful-replaced', level: 'error' }]);
  expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['stateful-replaced']);
});

test('findings of cdk-nag are new or fixed when both sides were checked', () => {
  const finding = (rule: string) => ({ rule, path: 'S/Lake', says: 'x' });
  const side = (...rules: string[]): Assembly => ({ stacks: [], findings: rules.map(finding) });
  const { risks, fixed, safe } = review(side('AwsSolutions-S1'), side('AwsSolutions-S2'), [], '2026-11-28');
  expect(risks.map(({ id }) => id)).toEqual(['finding:S/Lake/AwsSolutions-S2']);
  expect(fixed).toEqual([finding('AwsSolutions-S1')]);
  expect(safe).toBe(false);
  expect(review({ stacks: [] }, side('AwsSolutions-S2'), [], '2026-11-28').risks).toEqual([]);
});

test.each([
  [['--base', 'no-such-ref'], 'is neither a folder nor a commit, branch or tag'],
  [[], 'name what to compare with'],
  [['--base', 'x', '--format', 'pdf'], 'use one of: md, json, sarif'],
  [['--base', 'x', '--context', 'novalue'], 'write it as key=value'],
])('%j is refused with a remedy', async (options, expected) => {
  const sides = options.includes('no-such-ref') ? [...options, '--head', assembly('only', {})] : options;
  await expect(run(...sides)).rejects.toThrow(expected);
});
