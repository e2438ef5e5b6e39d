import { Size } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeInlinePolicy } from '../foundation/private/acknowledge';
import type { ILakeTable } from '../ports';
import { MedallionLayer, type MedallionLake } from './medallion-lake';
import { grantPrefixRead } from '../foundation/private/prefix-access';
import { QueryWorkgroup } from './query-workgroup';

/** Properties of a `DataScientistRole`. */
export interface DataScientistRoleProps {
  /** The lake that is explored. */
  readonly lake: MedallionLake;

  /** Who may take on the role. */
  readonly assumedBy: iam.IPrincipal;

  /** Tables of silver and gold to read. Bronze holds whatever arrived and is refused. */
  readonly tables: ILakeTable[];

  /**
   * How much one query may read before Athena stops it, at least 10 MB.
   *
   * @default Size.gibibytes(10)
   */
  readonly bytesScannedLimit?: Size;
}

/**
 * A role for exploration: reads tables of silver and gold through an Athena workgroup of its own, and the models that
 * training jobs have written; changes nothing.
 *
 * IAM grants whole tables: rows of silver that are invalid can be read too. Which rows and columns, is Lake Formation's
 * matter.
 */
export class DataScientistRole extends Construct implements iam.IGrantable {
  /** The role. */
  public readonly role: iam.IRole;

  /** The role. */
  public readonly grantPrincipal: iam.IPrincipal;

  /** The workgroup, with the limit on what a query reads. */
  public readonly workgroup: QueryWorkgroup;

  constructor(scope: Construct, id: string, props: DataScientistRoleProps) {
    super(scope, id);
    const { lake, assumedBy, tables } = props;
    const bronze = lake.database(MedallionLayer.BRONZE).databaseName;
    for (const table of tables) {
      if (table.databaseName === bronze) {
        throw new Error(
          `${this.node.path}: table ${table.tableName} is of bronze, where payloads stand as they came; give tables of silver and gold.`,
        );
      }
    }
    this.workgroup = new QueryWorkgroup(this, 'Workgroup', {
      lake,
      bytesScannedLimit: props.bytesScannedLimit ?? Size.gibibytes(10),
    });
    const role = new iam.Role(this, 'Role', { description: `Data scientists of ${this.node.path}`, assumedBy });
    acknowledgeInlinePolicy(role);
    this.role = role;
    this.grantPrincipal = role.grantPrincipal;
    for (const table of tables) table.grantRead(this);
    this.workgroup.grantQuery(this);
    const bucket = lake.bucket.bucket;
    grantPrefixRead(this, { bucket, prefix: 'models', key: bucket.encryptionKey, content: 'the files of models' });
  }
}
