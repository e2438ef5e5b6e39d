import { ArnFormat, Names, Resource, Size, Stack } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type ILakeTable, type IQueryEndpoint, QueryEngine } from '../ports';
import type { ILakeGround } from './lake-ground';
import { requireGlueTables } from './private/glue-table';
import { grantPrefixRead, grantPrefixWrite, type BucketPrefix } from '../foundation/private/prefix-access';

/** A query that stands ready in the Athena console. */
export interface SavedQuery {
  /** Name of the query. */
  readonly name: string;

  /** The query, in Trino's SQL. */
  readonly sql: string;

  /** Database in which unqualified table names are looked up. */
  readonly database: string;

  /**
   * What the query answers.
   *
   * @default - none
   */
  readonly description?: string;
}

/** Properties of a `QueryWorkgroup`. */
export interface QueryWorkgroupProps {
  /** The lake that is queried; its bucket holds the results, its key encrypts them. */
  readonly lake: ILakeGround;

  /**
   * Name of the workgroup, unique in account and region.
   *
   * @default - made of stack and construct
   */
  readonly workgroupName?: string;

  /**
   * Where in the lake's bucket the results stand, without slashes at the ends.
   *
   * @default - `query-results/` and the id of this construct in its stack
   */
  readonly resultPrefix?: string;

  /**
   * How much one query may read before Athena stops it, at least 10 MB. It bounds what a query can cost.
   *
   * @default - 10 GiB in a sandbox, 1 TiB in production
   */
  readonly bytesScannedLimit?: Size;

  /**
   * Queries that stand ready.
   *
   * @default - none; `addTimeTravelQueries` and `addSavedQuery` add some
   */
  readonly savedQueries?: SavedQuery[];
}

// https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html (2026-11-23)
const LEAST_SCAN_LIMIT = 10_000_000;

/**
 * An Athena workgroup, engine version 3, whose settings its users cannot override: results encrypted and in a place of
 * their own, a limit on what a query reads, metrics in CloudWatch.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/engine-versions-reference-0003.html (2026-11-23)
 */
export class QueryWorkgroup extends Resource implements IQueryEndpoint {
  public readonly engine = QueryEngine.ATHENA;

  public readonly workgroupName: string;

  /** ARN of the workgroup. */
  public readonly workgroupArn: string;

  /** Where the results stand: an `s3://` URL with a slash at the end. */
  public readonly resultLocation: string;

  private readonly results: BucketPrefix;

  constructor(scope: Construct, id: string, props: QueryWorkgroupProps) {
    super(scope, id, { physicalName: props.workgroupName });
    const { lake } = props;
    const bucket = lake.bucket.bucket;
    const limit = props.bytesScannedLimit ?? (lake.profile.destroyable ? Size.gibibytes(10) : Size.tebibytes(1));
    if (limit.toBytes() < LEAST_SCAN_LIMIT) {
      throw new Error(`${this.node.path}: bytesScannedLimit is ${limit.toBytes()} bytes; Athena wants 10 MB at least.`);
    }
    const prefix = props.resultPrefix ?? `query-results/${this.node.addr}`;
    this.results = { bucket, prefix, key: bucket.encryptionKey, content: 'query results' };
    this.resultLocation = `${bucket.s3UrlForObject(prefix)}/`;

    const workgroup = new athena.CfnWorkGroup(this, 'Resource', {
      name: props.workgroupName ?? Names.uniqueResourceName(this, { maxLength: 128, separator: '-' }),
      state: 'ENABLED',
      // A workgroup that has run queries can be deleted in no other way.
      recursiveDeleteOption: lake.profile.destroyable,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        requesterPaysEnabled: false,
        bytesScannedCutoffPerQuery: limit.toBytes(),
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: this.resultLocation,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: lake.key.key.keyArn },
        },
      },
    });
    workgroup.applyRemovalPolicy(lake.profile.removalPolicy);
    this.workgroupName = workgroup.ref;
    this.workgroupArn = this.athenaArn('workgroup', workgroup.ref);
    for (const query of props.savedQueries ?? []) this.addSavedQuery(query);
  }

  /** Adds a query that stands ready in the Athena console. */
  public addSavedQuery(query: SavedQuery): void {
    this.addQuery(`Query-${query.name}`, query);
  }

  /**
   * Adds three queries for a table: its snapshots, its rows as of yesterday, and its rows as of one snapshot.
   *
   * @see https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-time-travel-and-version-travel-queries.html
   * (2026-11-23)
   */
  public addTimeTravelQueries(table: ILakeTable): void {
    requireGlueTables(this, table);
    const { databaseName: database, tableName } = table;
    const qualified = `"${database}"."${tableName}"`;
    const name = `${database}.${tableName}`;
    const id = `Query-${table.node.id}`;
    this.addQuery(`${id}-Snapshots`, {
      name: `${name}: snapshots`,
      description: 'Every snapshot, with its id and what its commit did',
      database,
      sql: `SELECT committed_at, snapshot_id, operation, summary\nFROM "${database}"."${tableName}$snapshots"\nORDER BY committed_at DESC`,
    });
    this.addQuery(`${id}-AsOfYesterday`, {
      name: `${name}: as of yesterday`,
      description: 'The rows as they were a day ago',
      database,
      sql: `SELECT *\nFROM ${qualified} FOR TIMESTAMP AS OF (current_timestamp - INTERVAL '1' DAY)\nLIMIT 100`,
    });
    this.addQuery(`${id}-AsOfSnapshot`, {
      name: `${name}: as of a snapshot`,
      description: 'The rows as one commit left them; take its id from the query about snapshots',
      database,
      sql: `-- Replace the number with a snapshot_id of the query "${name}: snapshots".\nSELECT *\nFROM ${qualified} FOR VERSION AS OF 1234567890123456789\nLIMIT 100`,
    });
  }

  /**
   * Adds two queries for invalid rows: each with its reasons and its raw payload, and how many rows have each reason.
   *
   * @param quarantine columns `source`, `position`, `ingested_at` and `validation_errors`, and those of the record
   * @param raw the bronze table: columns `raw_payload` and `source`
   */
  public addQuarantineQueries(quarantine: ILakeTable, raw: ILakeTable): void {
    const { databaseName: database, tableName } = quarantine;
    const name = `${database}.${tableName}`;
    const id = `Query-${quarantine.node.id}`;
    this.addQuery(`${id}-Rows`, {
      name: `${name}: invalid rows`,
      description: 'Rows that are invalid, the latest first, with their reasons and what arrived',
      database,
      sql: `SELECT quarantined.*, raw.raw_payload\nFROM "${database}"."${tableName}" AS quarantined\nJOIN "${raw.databaseName}"."${raw.tableName}" AS raw ON quarantined.source = raw.source\nORDER BY quarantined.ingested_at DESC, quarantined.source, quarantined.position\nLIMIT 1000`,
    });
    this.addQuery(`${id}-Reasons`, {
      name: `${name}: reasons`,
      description: 'How many rows have each reason, on which days they arrived',
      database,
      sql: `SELECT reason, count(*) AS rows, min(ingested_at) AS first_arrival, max(ingested_at) AS last_arrival\nFROM "${database}"."${tableName}"\nCROSS JOIN UNNEST(validation_errors) AS t (reason)\nGROUP BY reason\nORDER BY rows DESC`,
    });
  }

  public grantQuery(grantee: iam.IGrantable): iam.Grant {
    const queries = iam.Grant.addToPrincipal({
      grantee,
      actions: [
        'athena:BatchGetNamedQuery',
        'athena:BatchGetQueryExecution',
        'athena:GetNamedQuery',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:GetQueryResultsStream',
        'athena:GetWorkGroup',
        'athena:ListNamedQueries',
        'athena:ListQueryExecutions',
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
      ],
      resourceArns: [this.workgroupArn],
    });
    const catalog = iam.Grant.addToPrincipal({
      grantee,
      actions: [
        'athena:GetDataCatalog',
        'athena:GetDatabase',
        'athena:GetTableMetadata',
        'athena:ListDatabases',
        'athena:ListTableMetadata',
      ],
      resourceArns: [this.athenaArn('datacatalog', 'AwsDataCatalog')],
    });
    // Athena asks for the bucket's region, in the name of who sends the query, before it writes the result.
    // https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html (2026-11-23)
    const location = iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetBucketLocation'],
      resourceArns: [this.results.bucket.bucketArn],
    });
    return queries
      .combine(catalog)
      .combine(location)
      .combine(grantPrefixRead(grantee, this.results))
      .combine(grantPrefixWrite(grantee, this.results));
  }

  private addQuery(id: string, query: SavedQuery): void {
    new athena.CfnNamedQuery(this, id, {
      name: query.name,
      description: query.description,
      database: query.database,
      queryString: query.sql,
      workGroup: this.workgroupName,
    });
  }

  private athenaArn(resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({
      service: 'athena',
      resource,
      resourceName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}
