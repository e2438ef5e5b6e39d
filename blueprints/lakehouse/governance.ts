import { type App, Stack, type StackProps } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type IcebergTable, LakeAccess, LakeAdministration, type MedallionLake } from '../../lib/lakehouse';
import type { LakehouseSettings, ReaderSettings } from './settings';

interface GovernanceProps {
  readonly settings: LakehouseSettings;
  readonly lake: MedallionLake;
  /** The tables that readers can be granted, by `layer.table`. */
  readonly tables: Readonly<Record<string, IcebergTable>>;
}

/** Lake Formation on the lake: tags, and what roles outside of this stack may read. */
export class Governance extends Construct {
  public constructor(scope: Construct, id: string, props: GovernanceProps) {
    super(scope, id);
    const { settings, lake, tables } = props;
    const { domain, readers } = settings.lakeFormation;
    const access = new LakeAccess(this, 'Access', { lake, domain, tagPrefix: `${settings.name}-` });
    for (const reader of readers) {
      // What IAM has to allow a role is the business of whoever owns it (docs/lake-formation.md).
      const role = Role.fromRoleName(this, `Role-${nameOf(reader)}`, reader.role, { mutable: false });
      const { columns, excludedColumns, rows: rowFilter } = reader;
      access.grantRead(nameOf(reader), { role, table: tables[reader.table], columns, excludedColumns, rowFilter });
    }
  }
}

/** Lake Formation set up in an account, once; it stays when the stack goes. */
export class LakeFormationStack extends Stack {
  public constructor(scope: App, id: string, props: StackProps) {
    super(scope, id, {
      description: 'Makes the deploying role an administrator of Lake Formation',
      terminationProtection: true,
      ...props,
    });
    new LakeAdministration(this, 'Administration');
  }
}

function nameOf({ role, table }: ReaderSettings): string {
  return `${role}-${table}`;
}
