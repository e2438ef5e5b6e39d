import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { planTopics } from '../../../bin/commands/schema/plan-topics';
import { type Column, ColumnType, RecordSchema, TopicLedger } from '../../../lib/schema';
import type { DeclaredTopicSchema } from '../../../lib/schema/private/declaration';
import { declaredTopic } from '../../../lib/schema/private/topic-compatibility';
import { renderTopicLedger } from '../../../lib/schema/private/topic-ledger-file';
import { EventBackbone, EventTopic, KafkaSecurity, TopicSchemaRegistry } from '../../../lib/streaming';

const ID: Column = { name: 'id', type: ColumnType.STRING, required: true };
const PRICE: Column = { name: 'price', type: ColumnType.decimal(18, 8) };
const record = (...columns: Column[]) => new RecordSchema({ name: 'event', key: ['id'], columns: [ID, ...columns] });
const OLD = record();
const NEW = record(PRICE);
const BROKEN = record({ ...PRICE, required: true });

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topic-ledger-'));
  file = join(folder, 'topics.lock.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Locks a schema as `data-patterns schema lock` does. */
function lock(schema: RecordSchema, name = 'events') {
  const [plan] = planTopics([declaration(schema, name)], 'lock');
  if (plan.content !== undefined) writeFileSync(file, plan.content);
  return plan;
}

function declaration(schema: RecordSchema, name = 'events'): DeclaredTopicSchema {
  return { ledger: file, name, ...declaredTopic(schema) };
}

const versionsOf = (schema: RecordSchema, name = 'events') => TopicLedger.fromFile(file).versionsOf(name, schema);

describe('a ledger of topics', () => {
  test('gains a version with each change, and keeps those before', () => {
    lock(OLD);
    const first = declaredTopic(OLD).version;
    expect(versionsOf(OLD)).toEqual([first]);
    expect(lock(NEW).tables[0].added).toEqual(['version 2']);
    expect(versionsOf(NEW)).toEqual([first, declaredTopic(NEW).version]);
  });

  test('has the same bytes for the same content, whichever schema came first', () => {
    const entry = (schema: RecordSchema) => ({ key: ['id'], versions: [declaredTopic(schema).version] });
    const [a, b] = [entry(OLD), entry(NEW)];
    expect(renderTopicLedger(new Map([['b', b], ['a', a]]))).toBe(renderTopicLedger(new Map([['a', a], ['b', b]]))); // prettier-ignore
  });

  test('is left alone when nothing changed', () => {
    lock(OLD);
    expect(lock(OLD)).toMatchObject({ tables: [{ added: [], problems: [] }] });
    expect(lock(OLD).content).toBeUndefined();
  });

  test('takes no version that older messages would break', () => {
    lock(OLD);
    expect(lock(BROKEN).tables[0].problems).toEqual([
      {
        rule: 'topic-compatibility',
        subject: 'events',
        message: "field 'price' is new and required, and older messages lack it",
        remedy: 'make it optional.',
      },
    ]);
    expect(versionsOf(OLD)).toHaveLength(1);
  });

  test('that lacks a version is told by check', () => {
    lock(OLD);
    const [plan] = planTopics([declaration(NEW)], 'check');
    expect(plan.tables[0].problems).toMatchObject([
      { message: 'version 2 is not in the ledger', remedy: "run 'npx data-patterns schema lock'." },
    ]);
    expect(plan.content).toBeUndefined();
  });

  test('holds a schema in one way only', () => {
    expect(() => planTopics([declaration(OLD), declaration(NEW)], 'lock')).toThrow(
      "topic schema 'events' is declared in two ways; give one of them another schemaName.",
    );
  });

  const LOCK = "run 'npx data-patterns schema lock' and commit the file.";
  test.each<[string, () => void, RecordSchema, string]>([
    ['is not there', () => undefined, OLD, `there is no such ledger of topics; ${LOCK}`],
    ['lacks the schema', () => lock(OLD, 'others'), OLD, `events: is not in the ledger; ${LOCK}`],
    ['is behind', () => lock(OLD), NEW, `events: has changed since it was locked; ${LOCK}`],
    [
      'is broken by a change',
      () => lock(OLD),
      BROKEN,
      "events: field 'price' is new and required, and older messages lack it; make it optional.",
    ],
    [
      'has a conflict',
      () => writeFileSync(file, '{\n<<<<<<< ours\n'),
      OLD,
      ':2: has an unresolved merge conflict; take',
    ],
    ['is no JSON', () => writeFileSync(file, '{\n  "version": 1,\n  oops\n}'), OLD, ':3: is not valid JSON; restore'],
    ['is another file', () => writeFileSync(file, '{"version": 2, "tables": {}}'), OLD, 'is not a ledger of topics'],
    [
      'has a broken entry',
      () => writeFileSync(file, '{"version": 1, "topics": {"events": {}}}'),
      OLD,
      'events: has no "key" and "versions"',
    ],
  ])('that %s is one sentence with the file', (_, prepare, schema, message) => {
    prepare();
    expect(() => versionsOf(schema)).toThrow(message);
    expect(() => versionsOf(schema)).toThrow(/^\S*topics\.lock\.json[: ].*; .*\.$/);
  });
});

describe('a topic with a registry', () => {
  function synth(schema: RecordSchema, context?: Record<string, unknown>): Template {
    const stack = new Stack(new App({ context }), 'Stack');
    const registry = new TopicSchemaRegistry(stack, 'Schemas', { ledger: TopicLedger.fromFile(file) });
    const backbone = EventBackbone.fromBrokers(stack, 'Backbone', {
      bootstrapServers: 'b-1.example.com:9098',
      security: KafkaSecurity.IAM,
    });
    for (const generation of ['events', 'events-g2']) {
      new EventTopic(stack, generation, { backbone, registry, schema, topicName: generation, schemaName: 'events' });
    }
    return Template.fromStack(stack);
  }

  test('is refused in a region without the Glue Schema Registry', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'me-central-1' } });
    expect(() => new TopicSchemaRegistry(stack, 'Schemas', { ledger: TopicLedger.fromFile(file) })).toThrow(
      'Stack/Schemas: The Glue Schema Registry is not available in me-central-1. ' +
        'Leave the registry of the topics out; nothing judges their schemas then.',
    );
  });

  test('fails the synthesis on a change that older messages would break', () => {
    lock(OLD);
    expect(() => synth(BROKEN)).toThrow("field 'price' is new and required");
  });

  test('registers the first version as the schema, each later one after the one before, once for all its topics', () => {
    [OLD, NEW, record(PRICE, { name: 'venue', type: ColumnType.STRING })].forEach((schema) => lock(schema));
    const template = synth(record(PRICE, { name: 'venue', type: ColumnType.STRING }));
    template.resourceCountIs('AWS::Glue::Schema', 1);
    template.hasResourceProperties('AWS::Glue::Schema', {
      Compatibility: 'BACKWARD_ALL',
      SchemaDefinition: JSON.stringify(declaredTopic(OLD).version),
    });
    const versions = Object.entries(template.findResources('AWS::Glue::SchemaVersion'));
    expect(versions).toHaveLength(2);
    const [[second], [, third]] = versions;
    expect(third.DependsOn).toEqual([second]);
  });

  test('needs no ledger while the ledger is made', () => {
    expect(() => synth(BROKEN, { 'cdk-data-patterns:declare-schemas': 'true' })).not.toThrow();
  });
});
