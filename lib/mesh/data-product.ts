import { Duration, Names, Tags } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type IcebergTable, type LakeTableProps, SqlJob } from '../lakehouse';
import { CATALOG } from '../lakehouse/private/spark-conf';
import type { ILakeTable } from '../ports';
import type { RecordSchema } from '../schema';
import { EventTopic } from '../streaming';
import type { ProductApi } from './contract-terms';
import type { DataDomain } from './data-domain';
import type { DataProductContract } from './data-product-contract';
import { ProductObjectives } from './private/product-objectives';
import { qualityRules, ruleset } from './private/quality-rules';

/** Properties of a `DataProduct`. */
export interface DataProductProps {
  /** The domain that owns the product; it must be the one that the contract names. */
  readonly domain: DataDomain;

  /** The contract that the product is compiled from. */
  readonly contract: DataProductContract;

  /**
   * What one record of the product is, where the contract leaves it to the code.
   *
   * @default - the contract's own schema
   */
  readonly schema?: RecordSchema;

  /**
   * The SQL that makes the product, in the order in which it runs, as `SqlJob` has it. `${domain}` stands for the
   * database of a domain, this one or one that it has subscribed to; subscribe before the product is made.
   *
   * @default - none: whatever is granted by `grantPublish` makes it
   */
  readonly sqlFiles?: string[];

  /**
   * Further tables of the domain that the SQL reads: other products, what has arrived.
   *
   * @default - none
   */
  readonly reads?: ILakeTable[];

  /**
   * Further tables of the domain that the SQL writes.
   *
   * @default - none
   */
  readonly writes?: ILakeTable[];

  /**
   * The table that the contract's APIs read, where the contract has no table of its own: `DataDomain.addTable`.
   *
   * @default - the contract's first table
   */
  readonly servedTable?: IcebergTable;

  /**
   * How often the rules are evaluated, whole minutes. Each evaluation is a run of Glue that is paid for.
   *
   * @default Duration.days(1)
   */
  readonly evaluatedEvery?: Duration;

  /**
   * Number of partitions of each topic.
   *
   * @default 6
   */
  readonly topicPartitions?: number;
}

/**
 * A data product, compiled from its contract: an Iceberg table for each interface `table`, a topic with its schema in
 * the registry for each `stream`, a path of the domain's HTTP API for each `api`, rules of Glue Data Quality from its
 * tests, and alarms on what it promises, which the owning domain hears.
 *
 * With `sqlFiles` a job computes the tables, under the role that reads what the product is subscribed to.
 */
export class DataProduct extends Construct {
  /** The contract. */
  public readonly contract: DataProductContract;

  /** What one record of the product is. */
  public readonly schema: RecordSchema;

  /** The tables, in the contract's order. */
  public readonly tables: IcebergTable[];

  /** The topics, in the contract's order. */
  public readonly topics: EventTopic[];

  /** The job that computes the tables, where there is SQL. */
  public readonly job?: SqlJob;

  /** The domain that owns the product. */
  public readonly domain: DataDomain;

  private readonly objectives: ProductObjectives;
  private readonly apiArns: string[];

  constructor(scope: Construct, id: string, props: DataProductProps) {
    super(props.domain._place(scope, props.contract), id);
    const { contract, domain } = props;
    this.contract = contract;
    this.domain = domain;
    this.schema = schemaOf(props);
    domain._own(contract);
    const { stated } = contract;
    const rules = qualityRules(stated, domain.goldenRules);
    this.tables = stated.tables.map(({ tableName }) => this.addTable(tableName, props));
    this.topics = stated.streams.map(({ topicName }) => this.addTopic(topicName, props));
    const judged = judgedTables(this.tables, props);
    for (const table of judged) this.addRules(table, rules, props);
    if (props.sqlFiles) this.job = this.addJob(props, props.sqlFiles);
    this.apiArns = stated.apis.flatMap((api) => this.addApi(api, props));
    this.objectives = new ProductObjectives(this, 'Objectives', { contract, alarmTopic: domain.alarmTopic });
    const clusterArn = this.topics.length > 0 ? domain.backbone?.clusterArn : undefined;
    domain._measure(this, { contract, tables: judged, hasRules: rules.length > 0, clusterArn });
    domain._declare(this, contract);
    Tags.of(this).add('data-domain', contract.domain);
    Tags.of(this).add('data-product', contract.productName);
    if (domain.costCenter !== undefined) Tags.of(this).add('cost-center', domain.costCenter);
  }

  /** Lets the grantee read the rows of every table. */
  public grantRead(grantee: iam.IGrantable): void {
    for (const table of this.tables) table.grantRead(grantee);
  }

  /** Lets the grantee write rows to every table and events to every topic: for the domain's own jobs. */
  public grantPublish(grantee: iam.IGrantable): void {
    for (const table of this.tables) table.grantReadWrite(grantee);
    for (const topic of this.topics) topic.grantProduce(grantee);
  }

  /** Lets the grantee read every topic as a member of a consumer group. */
  public grantConsume(grantee: iam.IGrantable, consumerGroup: string): void {
    for (const topic of this.topics) topic.grantConsume(grantee, consumerGroup);
  }

  /** Lets the grantee, of this account, ask every API of the product for rows and for its description. */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    if (this.apiArns.length === 0) return iam.Grant.drop(grantee, 'the product has no API');
    return iam.Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: this.apiArns });
  }

  /** Seconds since rows were committed, or messages came in, last: of the oldest of its tables and streams. */
  public metricAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.objectives.metric('AgeSeconds', options);
  }

  /** How much of what was asked of the worst of its interfaces was answered, from 0 to 1. */
  public metricAvailable(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.objectives.metric('Available', { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /** 100 times the rules met over the rules evaluated. */
  public metricQualityScore(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.objectives.metric('QualityScore', { statistic: cloudwatch.Stats.MINIMUM, ...options });
  }

  private addTable(tableName: string, { domain, contract }: DataProductProps): IcebergTable {
    const { stated } = contract;
    const table: LakeTableProps = {
      tableName,
      schema: this.schema,
      partitionedBy: stated.partitionedBy,
      // What the catalog tells of the product, beside its columns.
      properties: {
        'data-product.name': contract.name,
        'data-product.version': stated.version,
        'data-product.owner': stated.owner,
        'data-product.classification': stated.classification,
        ...Object.fromEntries(
          stated.columnOrigins.map(({ column, origins }) => [`data-product.lineage.${column}`, origins.join(',')]),
        ),
      },
    };
    return domain._addTable(this, `Table-${tableName}`, table, contract);
  }

  private addJob({ domain, contract, reads, writes = [] }: DataProductProps, sqlFiles: string[]): SqlJob {
    const readsOthers = contract.stated.inputs.some(({ product }) => !product.startsWith(`${contract.domain}.`));
    return new SqlJob(this, 'Job', {
      lake: domain,
      description: `Computes ${contract.name}`,
      role: domain.reader(contract),
      sqlFiles,
      record: this.schema,
      reads,
      writes: [...this.tables, ...writes],
      // Files of another account are read with what Lake Formation lends for them, not by the role itself.
      // https://docs.aws.amazon.com/glue/latest/dg/security-lf-enable.html (not verified on AWS)
      sparkConf: readsOthers ? { [`spark.sql.catalog.${CATALOG}.glue.lakeformation-enabled`]: 'true' } : undefined,
    });
  }

  private addTopic(topicName: string, { domain, contract, topicPartitions }: DataProductProps): EventTopic {
    const { backbone, topicRegistry } = domain;
    if (backbone === undefined) {
      throw new Error(
        `${contract.file}: ${contract.name} has the topic '${topicName}', but domain '${domain.domainName}' has no brokers; ` +
          'give the domain a backbone, or take the stream out of the contract.',
      );
    }
    const { retentionSeconds } = contract.stated;
    return new EventTopic(this, `Topic-${topicName}`, {
      backbone,
      topicName,
      partitions: topicPartitions,
      retention: retentionSeconds === undefined ? undefined : Duration.seconds(retentionSeconds),
      schema: this.schema,
      registry: topicRegistry,
    });
  }

  private addApi(api: ProductApi, { domain, contract, servedTable = this.tables[0] }: DataProductProps): string[] {
    if (servedTable === undefined) {
      throw new Error(
        `${contract.file}: ${contract.name} has the API '${api.name}', but no table that it could read; add an interface 'table', or give the product its servedTable.`,
      );
    }
    return domain._serve(new Construct(this, `Api-${api.name}`), { contract, api, table: servedTable });
  }

  private addRules(table: IcebergTable, rules: readonly string[], { domain, evaluatedEvery }: DataProductProps): void {
    if (rules.length === 0) return;
    const resource = new glue.CfnDataQualityRuleset(this, `Rules-${table.tableName}`, {
      // The type wants a name. The stack's own is in it, so that two stacks in an account do not meet.
      name: Names.uniqueResourceName(table, { maxLength: 250, separator: '-' }),
      description: `Tests of ${this.contract.name}`,
      ruleset: ruleset(rules),
      targetTable: { databaseName: table.databaseName, tableName: table.tableName },
    });
    resource.node.addDependency(table);
    domain._evaluate(this, { table, rulesetName: resource.ref, every: evaluatedEvery ?? Duration.days(1) });
  }
}

/** The tables that rules are evaluated on and whose commits are measured. */
function judgedTables(tables: IcebergTable[], { domain, contract, servedTable }: DataProductProps): IcebergTable[] {
  const judged = tables.length > 0 || servedTable === undefined ? tables : [servedTable];
  const { objectives, streams } = contract.stated;
  const refuse = (what: string, remedy: string) =>
    new Error(`${contract.file}: ${contract.name} promises ${what}; ${remedy}, or take the promise out of 'sla'.`);
  if (judged.length > 0) return judged;
  if (objectives.qualityScorePercent !== undefined) {
    throw refuse('a quality_score, but has no table on which rules could be evaluated', "add an interface 'table'");
  }
  const isMeasured = streams.length === 0 || domain.backbone?.clusterArn !== undefined;
  if (!isMeasured && (objectives.freshnessSeconds ?? objectives.availabilityPercent) !== undefined) {
    throw refuse(
      'freshness or availability, but its brokers are no MSK cluster of which CloudWatch could tell',
      "add an interface 'table', or give the domain a backbone on MSK",
    );
  }
  return judged;
}

function schemaOf({ contract, schema }: DataProductProps): RecordSchema {
  const { stated, name, file } = contract;
  if (stated.schema !== undefined && schema !== undefined) {
    throw new Error(`${file}: ${name} has a schema in its contract and another in code; keep one.`);
  }
  const found = stated.schema ?? schema;
  if (found === undefined) {
    const named = stated.recordName === undefined ? '' : ` (it names the record '${stated.recordName}')`;
    throw new Error(
      `${file}: ${name} has no schema${named}; write 'schema.columns', give DataProductContract.fromFile the record, or give the product its schema.`,
    );
  }
  const known = found.columns.map((each) => each.name);
  const tested = [...stated.tests.unique.flat(), ...stated.tests.notNull].find((each) => !known.includes(each));
  if (tested !== undefined) {
    throw new Error(`${file}: ${name} tests '${tested}', which is no column; test one of: ${known.join(', ')}.`);
  }
  return found;
}
