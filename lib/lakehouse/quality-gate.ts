import { Duration, Names, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { ILakeTable } from '../ports';
import type { RecordSchema } from '../schema';
import { arrivalRules, ruleset, tableRules } from './private/dqdl';
import { requireGlueTables } from './private/glue-table';
import { runner, runnerModules } from './private/runtime';
import { SparkJob, type SparkJobOptions } from './spark-job';

/** Properties of a `QualityGate`. */
export interface QualityGateProps extends SparkJobOptions {
  /** The record that the rules are made from: its key, its required and its positive columns. */
  readonly record: RecordSchema;

  /** The table that is judged: the conformed record (`RecordSchema.conformed()`). */
  readonly table: ILakeTable;

  /** The table that rows arrive in; when they last did is judged too. */
  readonly source: ILakeTable;

  /**
   * The largest share of invalid rows among those that the newest run has read, 0 to 1.
   *
   * @default 0.1
   */
  readonly maxInvalidShare?: number;

  /**
   * How long there may be no new rows. Older snapshots than this must not be expired in the source.
   *
   * @default Duration.hours(24)
   */
  readonly freshness?: Duration;

  /**
   * How many rows the table has at least.
   *
   * @default 1
   */
  readonly minimumRows?: number;

  /**
   * Further rules on the rows of the table, in DQDL: `ColumnValues "price" < 1000000 where "is_valid"`. A rehearsal plays
   * the types RowCount, IsComplete, IsUnique and ColumnValues compared with a number, and says so of any other.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
   */
  readonly additionalRules?: string[];
}

const NAMESPACE = 'DataPatterns/Lakehouse';

/**
 * The gate between silver and gold: rules of AWS Glue Data Quality, generated from the record and deployed as rulesets;
 * a job that evaluates them and fails when one is broken; metrics of what came out.
 *
 * The job reads the rulesets by name when it runs. It evaluates them by Glue's transform `EvaluateDataQuality` on Spark's
 * own reading of the Iceberg tables.
 *
 * @see docs/quality.md, docs/decisions/0009-quality-gate.md
 */
export class QualityGate extends SparkJob {
  /** Name of the ruleset on the rows of the table. */
  public readonly tableRulesetName: string;

  /** Name of the ruleset on what arrived last. */
  public readonly arrivalsRulesetName: string;

  private readonly dimensionsMap: Record<string, string>;

  // eslint-disable-next-line awscdk/no-unused-props -- what is not used here goes on to SparkJob
  constructor(scope: Construct, id: string, props: QualityGateProps) {
    const { record, table, source, maxInvalidShare, freshness, minimumRows, additionalRules, ...options } = props;
    const bounds = {
      maxInvalidShare: maxInvalidShare ?? 0.1,
      freshnessHours: (freshness ?? Duration.hours(24)).toHours({ integral: false }),
    };
    const least = minimumRows ?? 1;
    check(`${scope.node.path}/${id}`, bounds.maxInvalidShare, least);
    super(scope, id, {
      description: `Judges ${table.tableName} by the rules of Glue Data Quality`,
      ...options,
      script: runner('quality_gate.py'),
    });
    requireGlueTables(this, table, source);
    this.tableRulesetName = this.addRuleset(
      'TableRuleset',
      `Rows of ${table.tableName}`,
      [...tableRules(record, least), ...(additionalRules ?? [])],
      table,
    );
    this.arrivalsRulesetName = this.addRuleset(
      'ArrivalsRuleset',
      `What arrived last for ${table.tableName}`,
      arrivalRules(bounds),
    );
    const qualified = (each: ILakeTable) => `${each.databaseName}.${each.tableName}`;
    this.dimensionsMap = { Table: qualified(table) };
    this.addPythonFile(runnerModules(this));
    this.addArgument('--table', qualified(table));
    this.addArgument('--table_ruleset', this.tableRulesetName);
    this.addArgument('--source', qualified(source));
    this.addArgument('--arrivals_ruleset', this.arrivalsRulesetName);
    this.addArgument('--namespace', NAMESPACE);
    table.grantRead(this);
    source.grantRead(this);
    this.grantRulesets();
  }

  /** Share of the rules that are met, in percent. */
  public metricScore(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('QualityScore', { statistic: cloudwatch.Stats.MINIMUM, ...options });
  }

  /** Number of rules that are broken. */
  public metricRulesFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('RulesFailed', options);
  }

  /** Share of invalid rows among those that arrived last, 0 to 1. */
  public metricInvalidShare(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('InvalidShare', options);
  }

  /** Number of rows that arrived last. */
  public metricRowsArrived(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('RowsArrived', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Hours between the newest arrival and the run of the gate. */
  public metricHoursSinceArrival(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('HoursSinceArrival', options);
  }

  private metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: this.dimensionsMap,
      statistic: cloudwatch.Stats.MAXIMUM,
      period: Duration.hours(1),
      ...options,
    }).attachTo(this);
  }

  private addRuleset(id: string, description: string, rules: string[], table?: ILakeTable): string {
    const resource = new glue.CfnDataQualityRuleset(this, id, {
      // The type wants a name. The stack's own is in it, so that two stacks in an account do not meet.
      name: `${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}-${id}`,
      description,
      ruleset: ruleset(rules),
      targetTable: table && { databaseName: table.databaseName, tableName: table.tableName },
    });
    if (table) resource.node.addDependency(table);
    return resource.ref;
  }

  private grantRulesets(): void {
    const stack = Stack.of(this);
    const names = [this.tableRulesetName, this.arrivalsRulesetName];
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html (2026-11-24)
    iam.Grant.addToPrincipal({
      grantee: this,
      actions: ['glue:GetDataQualityRuleset'],
      resourceArns: names.map((resourceName) =>
        stack.formatArn({ service: 'glue', resource: 'dataQualityRuleset', resourceName }),
      ),
    });
    iam.Grant.addToPrincipal({
      grantee: this,
      actions: ['cloudwatch:PutMetricData'],
      resourceArns: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': NAMESPACE } },
    });
  }
}

function check(path: string, maxInvalidShare: number, minimumRows: number): void {
  if (!(maxInvalidShare >= 0 && maxInvalidShare <= 1)) {
    throw new Error(`${path}: maxInvalidShare is ${maxInvalidShare}; give a share from 0 to 1, such as 0.1.`);
  }
  if (!(Number.isInteger(minimumRows) && minimumRows >= 0)) {
    throw new Error(`${path}: minimumRows is ${minimumRows}; give a whole number from 0 on.`);
  }
}
