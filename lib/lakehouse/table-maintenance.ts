import { ArnFormat, Duration, Stack, Token } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../foundation/private/acknowledge';
import { requireType } from '../foundation/private/regional-types';
import type { ILakeTable } from '../ports';
import type { MedallionLake } from './medallion-lake';
import { requireGlueTables } from './private/glue-table';
import { runner } from './private/runtime';
import { SqlJob } from './sql-job';

/** Properties of a `TableMaintenance`. */
export interface TableMaintenanceProps {
  /** The lake whose tables are maintained. */
  readonly lake: MedallionLake;

  /**
   * How long a snapshot is kept at least, for time travel and for training again; whole days, at least one.
   *
   * @default Duration.days(14)
   */
  readonly snapshotRetention?: Duration;

  /**
   * How many snapshots are kept at least, however old.
   *
   * @default 10
   */
  readonly minimumSnapshots?: number;

  /**
   * How old a file must be that no snapshot knows before it is deleted; whole days, at least three, so that no commit
   * under way loses its files.
   *
   * @default Duration.days(7)
   */
  readonly orphanFileRetention?: Duration;
}

/** Somebody who reads a table commit by commit. */
export interface SnapshotConsumer {
  /** The table that the consumer writes. */
  readonly table: ILakeTable;

  /**
   * The property, without `cdk-data-patterns.`, by which its commits tell the snapshot up to which they have read; what
   * `@consume NAME` in the SQL of a job sets is `NAME-snapshot-id`.
   */
  readonly property: string;
}

const LEAST_ORPHAN_DAYS = 3;
// https://docs.aws.amazon.com/glue/latest/dg/optimization-prerequisites.html (2026-11-24)
const LOG_GROUPS = ['iceberg-compaction', 'iceberg-retention', 'iceberg-orphan-file-deletion'];

/**
 * Keeps Iceberg tables small: compaction, expiry of snapshots, deletion of orphan files.
 *
 * Compaction and orphan files are the Data Catalog's own optimizers, and so is the expiry of snapshots of a table that
 * nobody reads commit by commit. That optimizer knows nothing of readers: for a table with consumers a job of Spark
 * expires snapshots instead, and never one that a consumer has not read.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/table-optimizers.html (2026-11-24)
 */
export class TableMaintenance extends Construct {
  /** The role of the optimizers. */
  public readonly role: iam.IRole;

  private readonly lake: MedallionLake;
  private readonly retentionDays: number;
  private readonly minimumSnapshots: number;
  private readonly orphanDays: number;

  constructor(scope: Construct, id: string, props: TableMaintenanceProps) {
    super(scope, id);
    this.lake = props.lake;
    this.retentionDays = wholeDays(this, 'snapshotRetention', props.snapshotRetention ?? Duration.days(14), 1);
    this.orphanDays = wholeDays(
      this,
      'orphanFileRetention',
      props.orphanFileRetention ?? Duration.days(7),
      LEAST_ORPHAN_DAYS,
    );
    this.minimumSnapshots = props.minimumSnapshots ?? 10;
    if (!Number.isInteger(this.minimumSnapshots) || this.minimumSnapshots < 1) {
      throw new Error(
        `${this.node.path}: minimumSnapshots is ${this.minimumSnapshots}; give a whole number from 1 on.`,
      );
    }
    requireType(
      this,
      'AWS::Glue::TableOptimizer',
      'The table optimizer of AWS Glue',
      'Leave TableMaintenance out and run the procedures of Iceberg in a scheduled SqlJob: rewrite_data_files, expire_snapshots, remove_orphan_files.',
    );
    this.role = this.createRole();
  }

  /**
   * Maintains a table.
   *
   * @param consumers who reads it commit by commit; a snapshot that one of them has not read yet stays
   */
  public addTable(table: ILakeTable, consumers: SnapshotConsumer[] = []): void {
    requireGlueTables(this, table);
    const name = `${table.databaseName}-${table.tableName}`;
    const id = Token.isUnresolved(name) ? table.node.addr : name;
    table.grantReadWrite(this.role);
    this.optimize(`${id}-Compaction`, table, 'compaction', {});
    this.optimize(`${id}-OrphanFiles`, table, 'orphan_file_deletion', {
      orphanFileDeletionConfiguration: {
        icebergConfiguration: { orphanFileRetentionPeriodInDays: this.orphanDays, location: table.location },
      },
    });
    if (consumers.length > 0) this.expireConsumed(`${id}-Expiry`, table, consumers);
    else {
      this.optimize(`${id}-Retention`, table, 'retention', {
        retentionConfiguration: {
          icebergConfiguration: {
            snapshotRetentionPeriodInDays: this.retentionDays,
            numberOfSnapshotsToRetain: this.minimumSnapshots,
            cleanExpiredFiles: true,
          },
        },
      });
    }
  }

  private optimize(
    id: string,
    table: ILakeTable,
    type: string,
    configuration: Partial<glue.CfnTableOptimizer.TableOptimizerConfigurationProperty>,
  ): void {
    const optimizer = new glue.CfnTableOptimizer(this, id, {
      catalogId: Stack.of(this).account,
      databaseName: table.databaseName,
      tableName: table.tableName,
      type,
      tableOptimizerConfiguration: { enabled: true, roleArn: this.role.roleArn, ...configuration },
    });
    // Glue checks at once whether the role may do what the optimizer needs.
    optimizer.node.addDependency(this.role, table);
  }

  private expireConsumed(id: string, table: ILakeTable, consumers: SnapshotConsumer[]): void {
    const job = new SqlJob(this, id, {
      lake: this.lake,
      description: `Expires snapshots of ${table.tableName} that every consumer has read`,
      sqlFiles: [runner('expire_snapshots.sql')],
      variables: {
        table: qualified(table),
        consumed: consumers.map(consumedSnapshot).join(' UNION ALL '),
        retention_days: String(this.retentionDays),
        minimum_snapshots: String(this.minimumSnapshots),
      },
      reads: consumers.map((consumer) => consumer.table),
      writes: [table],
    });
    job.runEvery(Duration.days(1));
  }

  private createRole(): iam.Role {
    const role = new iam.Role(this, 'Role', {
      description: `Table optimizers of ${this.node.path}`,
      assumedBy: new iam.ServicePrincipal('glue.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    const groups = LOG_GROUPS.map((group) =>
      Stack.of(this).formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: `/aws-glue/${group}/logs:*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    acknowledgeInlinePolicy(role);
    acknowledgeWildcards(role, groups, 'The optimizers make up the names of their log streams.');
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      resourceArns: groups,
    });
    return role;
  }
}

function qualified(table: ILakeTable): string {
  return `${table.databaseName}.${table.tableName}`;
}

/** The id of the snapshot up to which a consumer has read; no row when it never has. */
function consumedSnapshot({ table, property }: SnapshotConsumer): string {
  const key = `summary['cdk-data-patterns.${property}']`;
  return (
    `SELECT '${qualified(table)}' AS consumer, max_by(${key}, committed_at) AS snapshot_id ` +
    `FROM ${qualified(table)}.snapshots WHERE ${key} IS NOT NULL`
  );
}

function wholeDays(scope: Construct, name: string, duration: Duration, least: number): number {
  const days = duration.toDays({ integral: false });
  if (Number.isInteger(days) && days >= least) return days;
  throw new Error(`${scope.node.path}: ${name} is ${duration.toHumanString()}; give whole days, ${least} at least.`);
}
