import { type CfnResource, Lazy, Stack } from 'aws-cdk-lib';
import type * as glue from 'aws-cdk-lib/aws-glue';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { Construct, type IDependable } from 'constructs';
import { type IcebergTable, type ILakeDatabase, type ILakeGround, type ILakeTag, LakeTag } from '../../lakehouse';
import { cellsFilter, onCells } from '../../lakehouse/private/cells-filter';
import { deployingRoleArn } from '../../lakehouse/private/deploying-role';
import { registerLocation } from '../../lakehouse/private/lake-location';
import { isRole, PermissionChain, READ, WRITE } from '../../lakehouse/private/permission-chain';
import { Sensitivity } from '../../schema';
import type { DataProductContract } from '../data-product-contract';
import type { DomainLakeFormation } from '../domain-lake-formation';
import type { ProductStacks } from './product-stacks';
import { versionedName } from './versioned-name';

interface DomainGovernanceProps extends DomainLakeFormation {
  readonly domainName: string;
  readonly ground: Construct & ILakeGround;
  readonly database: ILakeDatabase;
  /** The nested stacks that products are spread over. */
  readonly stacks: ProductStacks;
}

/** What one principal may read of a product. */
export interface Share {
  /** Of the grant, unique in the domain; it stays when others come and go. */
  readonly id: string;
  readonly principalArn: string;
  readonly contract: DataProductContract;
  readonly columns?: readonly string[];
  readonly rowFilter?: string;
}

/** What stands in one stack. */
interface Part {
  readonly scope: Construct;
  readonly permissions: PermissionChain;
}

/** A table with what has to be there before anyone is granted it. */
interface GovernedTable {
  readonly table: IcebergTable;
  /** Permissions on the table stand in its stack, for a large domain has more than one stack holds. */
  readonly part: Part;
  readonly ready: readonly IDependable[];
}

/**
 * Lake Formation on the tables of a domain: the location, the tags for domain, product and classification, and every
 * grant, on principals of this account and of others.
 */
export class DomainGovernance extends Construct {
  private readonly props: DomainGovernanceProps;
  private readonly permissions: PermissionChain;
  private readonly location: CfnResource;
  private readonly mayCreate: IDependable;
  private readonly domainTag: ILakeTag;
  private readonly classificationTag: ILakeTag;
  private readonly products = new Map<string, GovernedTable[]>();
  private readonly parts = new Map<Stack, Part>();
  private productTags?: ILakeTag;

  constructor(scope: Construct, id: string, props: DomainGovernanceProps) {
    super(scope, id);
    this.props = props;
    const { ground, domainName, administration } = props;
    this.permissions = new PermissionChain(this, 'Permissions');
    this.parts.set(Stack.of(this), { scope: this, permissions: this.permissions });
    this.location = registerLocation(this, ground, administration);
    this.domainTag = this.createTag('Domain', [domainName]);
    this.classificationTag = this.createTag('Classification', Object.values(Sensitivity));
    const deployer = props.deployingRoleArn ?? deployingRoleArn(Stack.of(this));
    this.closeDatabase(this.permitLocation('Deployer', deployer));
    this.mayCreate = this.permissions.permit('Deployer', deployer, 'CREATE_TABLE', this.onDatabase, props.database);
    props.stacks.waitFor(this.permissions.all);
  }

  /** Governs a table from now on; without a contract it is of no product, and shared with nobody. */
  public govern(table: IcebergTable, contract?: DataProductContract): void {
    table.node.addDependency(this.mayCreate);
    const guard = table._guard?.grantPrincipal;
    // It looks at a table before it is there.
    const part = this.partOf(table);
    if (guard && isRole(guard)) table.node.addDependency(this.permitLooks('Guard', guard, part));
    const tags = contract ? this.tag(part.scope, table, contract) : [];
    for (const tag of tags) tag.node.addDependency(table);
    const governed = { table, part, ready: [table, ...tags] };
    if (contract) {
      const product = versionedName(contract);
      this.products.set(product, [...(this.products.get(product) ?? []), governed]);
    }
    table._requests.listen(
      ({ grantee, write }) => this.permitJob(grantee, governed, write),
      `${table.node.path}: is governed already.`,
    );
  }

  /** Lets a role see what the tables of the domain are, and none of their rows. */
  public permitLooks(id: string, role: iam.IRole, { permissions }: Part = this.partOf(this)): CfnResource {
    const { database } = this.props;
    const on = { table: { catalogId: this.catalogId, databaseName: database.databaseName, tableWildcard: {} } };
    return permissions.permit(id, role.roleArn, 'DESCRIBE', on, database);
  }

  /** Lets a role see a database of this catalog that links to another account's. */
  public permitLink(id: string, role: iam.IRole, link: CfnResource, databaseName: string): void {
    const on = { database: { catalogId: this.catalogId, name: databaseName } };
    this.partFor(role).permissions.permit(id, role.roleArn, 'DESCRIBE', on, link);
  }

  /**
   * Lets a principal, of whatever account, read a product: by the product's tag, so that a table which is added to it
   * comes along, or by a filter on each table where only some columns or rows are approved.
   */
  public share({ id, principalArn, contract, columns, rowFilter }: Share): void {
    const { database } = this.props;
    this.permissions.permit(`${id}-Database`, principalArn, 'DESCRIBE', this.onDatabase, database);
    const tables = this.products.get(versionedName(contract)) ?? [];
    const ready = tables.flatMap((each) => each.ready);
    if (columns === undefined && rowFilter === undefined) {
      const expression = [{ tagKey: this.productTag.tagKey, tagValues: [versionedName(contract)] }];
      const on = { lfTagPolicy: { catalogId: this.catalogId, expression, resourceType: 'TABLE' } };
      const permissions = tables[0]?.part.permissions ?? this.permissions;
      for (const permission of READ) permissions.permit(id, principalArn, permission, on, ...ready);
      return;
    }
    for (const { table, part } of tables) {
      const filter = cellsFilter(part.scope, `${id}-${table.tableName}`, { table, columns, rowFilter });
      filter.node.addDependency(...ready);
      for (const permission of READ) {
        part.permissions.permit(`${id}-${table.tableName}`, principalArn, permission, onCells(filter), filter);
      }
    }
  }

  private get catalogId(): string {
    return Stack.of(this).account;
  }

  /** Made with the first product: Lake Formation takes no tag without a value. */
  private get productTag(): ILakeTag {
    return (this.productTags ??= this.createTag('Product', Lazy.list({ produce: () => [...this.products.keys()] })));
  }

  private get onDatabase() {
    return { database: { catalogId: this.catalogId, name: this.props.database.databaseName } };
  }

  private createTag(id: string, tagValues: string[]): ILakeTag {
    const { tagPrefix = 'mesh-', administration } = this.props;
    const tag = new LakeTag(this, `${id}Tag`, { tagKey: `${tagPrefix}${id.toLowerCase()}`, tagValues });
    if (administration) tag.node.addDependency(administration);
    return tag;
  }

  /**
   * Without this, Lake Formation gives every principal that IAM lets in all permissions on every new table, and no
   * table can be shared. https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-prereqs.html (2026-11-28)
   */
  private closeDatabase(after: IDependable): void {
    const { database, domainName } = this.props;
    const resource = database.node.defaultChild as glue.CfnDatabase;
    resource.addPropertyOverride('DatabaseInput.CreateTableDefaultPermissions', []);
    resource.node.addDependency(after);
    this.associate(this, 'Database-Domain', this.onDatabase, this.domainTag, domainName).node.addDependency(database);
  }

  private partOf(construct: Construct): Part {
    return this.partIn(Stack.of(construct));
  }

  /** Where permissions of a role stand, on what is in a part: in the later one of the two. */
  private partFor(role: iam.IRole, part: Part = this.partOf(this)): Part {
    return this.partIn(this.props.stacks.later(Stack.of(role), Stack.of(part.scope)));
  }

  private partIn(stack: Stack): Part {
    const known = this.parts.get(stack);
    if (known) return known;
    const scope = new Construct(stack, 'Governance');
    const part = { scope, permissions: new PermissionChain(scope, 'Permissions') };
    this.parts.set(stack, part);
    return part;
  }

  private tag(scope: Construct, table: IcebergTable, contract: DataProductContract): CfnResource[] {
    const { databaseName, tableName: name } = table;
    const on = { table: { catalogId: this.catalogId, databaseName, name } };
    return [
      this.associate(scope, `${name}-Product`, on, this.productTag, versionedName(contract)),
      this.associate(scope, `${name}-Classification`, on, this.classificationTag, contract.stated.classification),
      ...this.tagColumns(scope, contract, table),
    ];
  }

  /** Columns that are less or more sensitive than the table as a whole. */
  private tagColumns(scope: Construct, contract: DataProductContract, table: IcebergTable): CfnResource[] {
    const { databaseName, tableName: name, schema } = table;
    return Object.values(Sensitivity).flatMap((sensitivity) => {
      if (sensitivity === contract.stated.classification) return [];
      const columnNames = schema.columns.filter((each) => each.sensitivity === sensitivity).map((each) => each.name);
      if (columnNames.length === 0) return [];
      const on = { tableWithColumns: { catalogId: this.catalogId, databaseName, name, columnNames } };
      return [this.associate(scope, `${name}-${sensitivity}`, on, this.classificationTag, sensitivity)];
    });
  }

  private associate(
    scope: Construct,
    id: string,
    resource: lakeformation.CfnTagAssociation.ResourceProperty,
    { tagKey }: ILakeTag,
    value: string,
  ): CfnResource {
    const lfTags = [{ catalogId: this.catalogId, tagKey, tagValues: [value] }];
    // eslint-disable-next-line awscdk/require-passing-this -- it goes with the table
    return new lakeformation.CfnTagAssociation(scope, `Tag-${id}`, { resource, lfTags });
  }

  private permitLocation(id: string, principalArn: string, { permissions }: Part = this.partOf(this)): CfnResource {
    const { bucketArn } = this.props.ground.bucket.bucket;
    const on = { dataLocation: { catalogId: this.catalogId, resourceArn: bucketArn } };
    return permissions.permit(`${id}-Location`, principalArn, 'DATA_LOCATION_ACCESS', on, this.location);
  }

  /** The domain's own jobs, which read and write whole tables. */
  private permitJob(grantee: iam.IGrantable, { table, part, ready }: GovernedTable, write: boolean): void {
    const role = grantee.grantPrincipal;
    if (!isRole(role)) return;
    const job = role.node.path.replaceAll('/', '-');
    const own = this.partFor(role);
    own.permissions.permit(`${job}-Database`, role.roleArn, 'DESCRIBE', this.onDatabase, this.props.database);
    if (write) this.permitLocation(job, role.roleArn, own);
    const on = {
      table: { catalogId: this.catalogId, databaseName: table.databaseName, name: table.tableName },
    };
    const { permissions } = this.partFor(role, part);
    for (const permission of write ? WRITE : READ) {
      permissions.permit(`${job}-${table.tableName}`, role.roleArn, permission, on, ...ready);
    }
  }
}
