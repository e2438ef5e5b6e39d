import { existsSync, readFileSync } from 'node:fs';
import type { DeclaredTopicSchema } from '../../../lib/schema/private/declaration';
import { LedgerError } from '../../../lib/schema/private/errors';
import type { Finding } from '../../../lib/schema/private/ledger-lock';
import { incompatibilities } from '../../../lib/schema/private/topic-compatibility';
import {
  readTopicLedger,
  renderTopicLedger,
  type TopicLedgerContent,
} from '../../../lib/schema/private/topic-ledger-file';
import { UserError } from '../../cli-errors';
import type { LedgerPlan, TablePlan } from './ledger-plan';

/** Compares every topic's schema with its ledger, or works out the ledger's new content; writes nothing. */
export function planTopics(topics: readonly DeclaredTopicSchema[], command: 'lock' | 'check'): LedgerPlan[] {
  const files = [...new Set(topics.map(({ ledger }) => ledger))].sort();
  return files.map((file) => planFile(file, distinct(topics.filter(({ ledger }) => ledger === file)), command));
}

function planFile(file: string, topics: readonly DeclaredTopicSchema[], command: 'lock' | 'check'): LedgerPlan {
  const known = read(file);
  const content: TopicLedgerContent = new Map(known);
  const tables = topics.map((topic) => planTopic(topic, content, command));
  const rendered = renderTopicLedger(content);
  const current = existsSync(file) && readFileSync(file, 'utf8') === rendered;
  const declared = new Set(topics.map(({ name }) => name));
  return {
    file,
    holds: 'topic',
    tables,
    undeclared: [...(known?.keys() ?? [])].filter((name) => !declared.has(name)).sort(),
    ...(command === 'check' || current ? {} : { content: rendered }),
  };
}

function planTopic(topic: DeclaredTopicSchema, content: TopicLedgerContent, command: 'lock' | 'check'): TablePlan {
  const { name, key, version } = topic;
  const known = content.get(name);
  const versions = known?.versions ?? [];
  const breaks = known === undefined ? [] : incompatibilities(known, topic);
  const isNew = JSON.stringify(versions.at(-1)) !== JSON.stringify(version);
  const number = `version ${versions.length + 1}`;
  if (isNew && breaks.length === 0 && command === 'lock') content.set(name, { key, versions: [...versions, version] });
  const problems = breaks.map((message) => finding(name, message));
  if (isNew && breaks.length === 0 && command === 'check') {
    problems.push(finding(name, `${number} is not in the ledger; run 'npx data-patterns schema lock'`));
  }
  return { table: name, added: isNew ? [number] : [], retired: [], changed: [], problems };
}

/** `message` has the remedy after its semicolon. */
function finding(subject: string, message: string): Finding {
  const [what, remedy] = message.split(/; (?=[^;]*$)/);
  return { rule: 'topic-compatibility', subject, message: what, remedy: `${remedy}.` };
}

/** Topics of several stacks and generations may share a schema, but only one. */
function distinct(topics: readonly DeclaredTopicSchema[]): DeclaredTopicSchema[] {
  const byName = new Map<string, DeclaredTopicSchema>();
  for (const topic of topics) {
    const other = byName.get(topic.name);
    if (other && JSON.stringify(other) !== JSON.stringify(topic)) {
      throw new UserError(`topic schema '${topic.name}' is declared in two ways; give one of them another schemaName.`);
    }
    byName.set(topic.name, topic);
  }
  return [...byName.values()];
}

function read(file: string): TopicLedgerContent | undefined {
  try {
    return readTopicLedger(file);
  } catch (error) {
    throw error instanceof LedgerError ? new UserError(error.message) : error;
  }
}
