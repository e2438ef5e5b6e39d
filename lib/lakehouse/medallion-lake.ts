import { Names, Token } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { DataBucket, DataKey, DeploymentProfile, type IDataBucket, type IDataKey } from '../foundation';
import type { PartitionTransform, RecordSchema, SchemaLedger, SortField } from '../schema';
import { IcebergTable, type IcebergFormatVersion, type IcebergWriteMode } from './iceberg-table';
import { Announcements } from './private/announcements';
import { LakeDatabase, type ILakeDatabase } from './lake-database';
import type { ILakeGround } from './lake-ground';

/** The three layers of the medallion architecture. */
export enum MedallionLayer {
  /** Data as it came, append-only, in full fidelity. */
  BRONZE = 'bronze',
  /** Validated, deduplicated, conformed. */
  SILVER = 'silver',
  /** Aggregates and marts for a purpose. */
  GOLD = 'gold',
}

/** Properties of a table that a lake adds to one of its layers. */
export interface LakeTableProps {
  /** Name of the table: lower-case letters, digits and underscores. */
  readonly tableName: string;

  /** The columns. */
  readonly schema: RecordSchema;

  /**
   * How rows are put into partitions.
   *
   * @default - not partitioned
   */
  readonly partitionedBy?: PartitionTransform[];

  /**
   * In which order engines should write rows.
   *
   * @default - no order
   */
  readonly sortedBy?: SortField[];

  /**
   * Version of the table format.
   *
   * @default IcebergFormatVersion.V2
   */
  readonly formatVersion?: IcebergFormatVersion;

  /**
   * How rows are changed.
   *
   * @default IcebergWriteMode.COPY_ON_WRITE
   */
  readonly writeMode?: IcebergWriteMode;

  /**
   * Columns without statistics, because their bytes need not be what their type says.
   *
   * @default - the column `raw_payload`, where there is one
   */
  readonly opaqueColumns?: string[];

  /**
   * Further Iceberg table properties; they win over the library's.
   *
   * @default - none
   */
  readonly properties?: { [name: string]: string };

  /**
   * Whether a function looks at the table before CloudFormation changes it, and refuses what would ruin its data.
   *
   * @default true
   */
  readonly guarded?: boolean;
}

/** Properties of a `MedallionLake`. */
export interface MedallionLakeProps {
  /** Where the ids of columns and partition fields are written down (`schemas.lock.json`). */
  readonly ledger: SchemaLedger;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * What stands before `bronze`, `silver` and `gold` in the names of the databases, which are unique in account and
   * region. `''` gives the bare names.
   *
   * @default - made of stack and construct, so that two lakes fit into one account
   */
  readonly databasePrefix?: string;

  /**
   * The key that the data is encrypted with.
   *
   * @default - the key of an adopted bucket, else a new one
   */
  readonly key?: IDataKey;

  /**
   * The bucket of all three layers.
   *
   * @default - a new one
   */
  readonly bucket?: IDataBucket;

  /**
   * A bronze database that exists already.
   *
   * @default - a new one
   */
  readonly bronzeDatabase?: ILakeDatabase;

  /**
   * A silver database that exists already.
   *
   * @default - a new one
   */
  readonly silverDatabase?: ILakeDatabase;

  /**
   * A gold database that exists already.
   *
   * @default - a new one
   */
  readonly goldDatabase?: ILakeDatabase;
}

interface AddedTable {
  readonly layer: MedallionLayer;
  readonly table: IcebergTable;
}

const CONTENTS: Record<MedallionLayer, string> = {
  [MedallionLayer.BRONZE]: 'Data as it came: append-only, in full fidelity',
  [MedallionLayer.SILVER]: 'Validated, deduplicated and conformed data',
  [MedallionLayer.GOLD]: 'Aggregates and marts',
};

/**
 * A lakehouse in three layers: one encrypted bucket, a Glue database a layer, Iceberg tables in them.
 */
export class MedallionLake extends Construct implements ILakeGround {
  /** What the deployment is for; jobs, pipelines and workgroups of the lake follow it. */
  public readonly profile: DeploymentProfile;

  /** The key of the lake. */
  public readonly key: IDataKey;

  /** The bucket of all layers, checkpoints included. */
  public readonly bucket: IDataBucket;

  /** @internal */
  public readonly _tables = new Announcements<AddedTable>();

  private readonly ledger: SchemaLedger;
  private readonly databases: Record<MedallionLayer, ILakeDatabase>;

  constructor(scope: Construct, id: string, props: MedallionLakeProps) {
    super(scope, id);
    this.profile = props.profile ?? DeploymentProfile.PRODUCTION;
    this.ledger = props.ledger;
    this.key = props.key ?? this.keyOf(props.bucket?.bucket.encryptionKey);
    this.bucket = props.bucket ?? new DataBucket(this, 'Data', { key: this.key, profile: this.profile });
    const prefix = props.databasePrefix ?? this.uniquePrefix();
    this.databases = {
      bronze: props.bronzeDatabase ?? this.addDatabase(MedallionLayer.BRONZE, prefix),
      silver: props.silverDatabase ?? this.addDatabase(MedallionLayer.SILVER, prefix),
      gold: props.goldDatabase ?? this.addDatabase(MedallionLayer.GOLD, prefix),
    };
  }

  /** The databases of the layers, as `bronze`, `silver` and `gold`. */
  public get databaseNames(): { [variable: string]: string } {
    return Object.fromEntries(Object.entries(this.databases).map(([layer, { databaseName }]) => [layer, databaseName]));
  }

  /** The database of a layer. */
  public database(layer: MedallionLayer): ILakeDatabase {
    return this.databases[layer];
  }

  /**
   * Adds an Iceberg table to a layer. Its files stand under `<layer>/<table>` in the lake's bucket, and its name in
   * the ledger is `<layer>.<table>`, whatever the databases are called.
   */
  public addTable(layer: MedallionLayer, props: LakeTableProps): IcebergTable {
    const table = new IcebergTable(this, `${capitalized(layer)}-${props.tableName}`, {
      ...props,
      database: this.database(layer),
      ledger: this.ledger,
      ledgerName: `${layer}.${props.tableName}`,
      bucket: this.bucket,
      profile: this.profile,
    });
    this._tables.announce({ layer, table });
    return table;
  }

  private keyOf(known: kms.IKey | undefined): IDataKey {
    return known ? DataKey.fromKey(this, 'Key', known) : new DataKey(this, 'Key', { profile: this.profile });
  }

  private addDatabase(layer: MedallionLayer, prefix: string): ILakeDatabase {
    return new LakeDatabase(this, capitalized(layer), {
      databaseName: `${prefix}${layer}`,
      description: CONTENTS[layer],
      profile: this.profile,
    });
  }

  private uniquePrefix(): string {
    const name = Names.uniqueResourceName(this, { separator: '_', maxLength: 100 }).toLowerCase();
    return `${Token.isUnresolved(name) ? this.node.addr : name}_`;
  }
}

function capitalized(layer: MedallionLayer): string {
  return layer[0].toUpperCase() + layer.slice(1);
}
