import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DeploymentProfile, IDataBucket, IDataKey, IDataNetwork } from '../foundation';
import type { QueryWorkgroup } from '../lakehouse';
import type { IEventTopic, ILakeTable } from '../ports';
import type { RecordSchema } from '../schema';
import { FlinkSqlApplication, FlinkTable, TopicNotifications } from '../streaming';
import { readSql, sqlOf } from './private/sql-file';

/** Records of the past, on which rules are tried. */
export interface RuleHistory {
  /** Where the rules stand ready as queries. */
  readonly queries: QueryWorkgroup;

  /** The tables that `file` reads, by the names that it has for them. */
  readonly tables: { [name: string]: ILakeTable };

  /** Path of an SQL file: the records of the past, with the columns that the rules read. `${name}` stands for a table. */
  readonly file: string;
}

/** Properties of `StreamRules`. */
export interface StreamRulesProps {
  /** What the rules read, as a table: `FlinkTable.source`. */
  readonly records: FlinkTable;

  /** Where alerts go. */
  readonly alertTopic: IEventTopic;

  /** What an alert is; its key tells it from any other. */
  readonly alertSchema: RecordSchema;

  /**
   * Path of a folder with SQL files, a rule each: `INSERT INTO <name of the alerts' schema>`, a line break, and a SELECT
   * from the records.
   */
  readonly folder: string;

  /** The network that the brokers stand in. */
  readonly network: IDataNetwork;

  /** Receives alerts that could not be told. */
  readonly deadLetters: IDataBucket;

  /** The key for state, notifications and logs. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Who is told when the rules do not run.
   *
   * @default - a topic of its own
   */
  readonly operators?: ITopic;

  /**
   * Consumer group that the rules read as.
   *
   * @default 'rules'
   */
  readonly consumerGroup?: string;

  /**
   * The past, for the same rules as queries.
   *
   * @default - the rules run on the stream alone
   */
  readonly history?: RuleHistory;
}

const INSERT = /^(?:\s*--[^\n]*\n)*\s*INSERT INTO (\w+)\s*\n/;

/**
 * Rules on a stream, in SQL: Flink applies them to each record as it comes, alerts go to a topic and, as notifications, to
 * whoever subscribes. The same files stand ready as queries over the past, to try a rule before it rules.
 *
 * @see docs/hybrids.md
 */
export class StreamRules extends Construct {
  /** What runs the rules. */
  public readonly application: FlinkSqlApplication;

  /** Where alerts are told; subscribe to it. */
  public readonly notifications: ITopic;

  /** Name of the topic that alerts go to. */
  public readonly alertTopicName: string;

  constructor(scope: Construct, id: string, props: StreamRulesProps) {
    super(scope, id);
    const { records, alertTopic, alertSchema, network, key, profile, deadLetters, history } = props;
    const scripts = this.filesOf(props.folder);
    const selects = scripts.map((file) => ({ rule: basename(file, '.sql'), select: this.selectOf(file, alertSchema) }));
    this.alertTopicName = alertTopic.topicName;
    this.application = new FlinkSqlApplication(this, 'Application', {
      network,
      key,
      profile,
      alarmTopic: props.operators,
      consumerGroup: props.consumerGroup ?? 'rules',
      // By key: an alert that comes again after a restart is the same one.
      tables: [records, FlinkTable.upsert(alertSchema.name, { topic: alertTopic, schema: alertSchema })],
      scripts,
    });
    const told = { topic: alertTopic, noun: 'alert', deadLetters, key, profile };
    this.notifications = new TopicNotifications(this, 'Notifications', told).notifications;
    if (history) selects.forEach(({ rule, select }) => this.saveQuery(rule, select, records.name, history));
  }

  private filesOf(folder: string): string[] {
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sql')) : [];
    if (names.length === 0) {
      throw new Error(`${this.node.path}: ${folder} has no rule; put an SQL file there.`);
    }
    return names.sort().map((name) => join(folder, name));
  }

  private selectOf(file: string, { name }: RecordSchema): string {
    const text = readSql(this, file);
    const [insert, target] = INSERT.exec(text) ?? ['', ''];
    if (target !== name) {
      throw new Error(`${this.node.path}: ${file} is no rule; begin it with a line 'INSERT INTO ${name}'.`);
    }
    return text.slice(insert.length).trim().replace(/;$/, '');
  }

  private saveQuery(rule: string, select: string, table: string, { queries, tables, file }: RuleHistory): void {
    const [first] = Object.values(tables);
    queries.addSavedQuery({
      name: `${rule}: back-test`,
      description: `What the rule ${rule} would have said of the past`,
      database: first.databaseName,
      sql: `WITH ${table} AS (${sqlOf(this, file, tables)})\n${select}`,
    });
  }
}
