import { LedgerError } from './private/errors';
import { displayPath } from './private/ledger-file';
import { declaredTopic, incompatibilities } from './private/topic-compatibility';
import { readTopicLedger, type TopicLedgerContent } from './private/topic-ledger-file';
import type { RecordSchema } from './record-schema';

/**
 * The committed record of every schema that a topic's messages have had, as a lock file is for packages.
 *
 * A log that is kept is read again from its beginning: what reads it tomorrow has to understand what was written
 * yesterday. So versions are only added, by `data-patterns schema lock`, and each new one can read all before it.
 */
export class TopicLedger {
  /**
   * The ledger in a file, which is read when the first topic asks for its versions.
   *
   * @param path of `topics.lock.json`, relative to the working folder, which is that of `cdk.json`
   */
  public static fromFile(path: string): TopicLedger {
    return new TopicLedger(path);
  }

  private content?: TopicLedgerContent;

  private constructor(
    /** Path of the ledger file. */
    public readonly path: string,
  ) {}

  /**
   * Every version of a topic's schema, as JSON Schema in draft 7, which the Glue Schema Registry reads; the last one is
   * that of the record.
   *
   * @param name of the schema
   * @param schema what the topic's records are now
   * @throws an error that names file, schema, field and remedy when the ledger lacks the schema or does not agree with it
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- how jsii spells JSON documents
  public versionsOf(name: string, schema: RecordSchema): any[] {
    const known = this.read().get(name);
    const declared = declaredTopic(schema);
    if (known === undefined) throw new LedgerError(`${this.shownPath}: ${name}: is not in the ledger; ${LOCK}`);
    const [problem] = incompatibilities(known, declared);
    if (problem !== undefined) throw new LedgerError(`${this.shownPath}: ${name}: ${problem}.`);
    const last = known.versions.at(-1);
    if (JSON.stringify(last) !== JSON.stringify(declared.version)) {
      throw new LedgerError(`${this.shownPath}: ${name}: has changed since it was locked; ${LOCK}`);
    }
    return [...known.versions];
  }

  private get shownPath(): string {
    return displayPath(this.path);
  }

  private read(): TopicLedgerContent {
    this.content ??= readTopicLedger(this.path);
    if (this.content === undefined) {
      throw new LedgerError(`${this.shownPath}: there is no such ledger of topics; ${LOCK}`);
    }
    return this.content;
  }
}

const LOCK = "run 'npx data-patterns schema lock' and commit the file.";
