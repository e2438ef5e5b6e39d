import { type CfnResource, Names, Stack } from 'aws-cdk-lib';
import type * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { Construct, type IDependable } from 'constructs';
import { Sensitivity } from '../schema';
import type { IcebergTable } from './iceberg-table';
import type { LakeAdministration } from './lake-administration';
import { type ILakeTag, LakeTag } from './lake-tag';
import { type MedallionLake, MedallionLayer } from './medallion-lake';
import { deployingRoleArn } from './private/deploying-role';
import { cellsFilter, onCells } from './private/cells-filter';
import { registerLocation } from './private/lake-location';
import { isRole, PermissionChain, READ, WRITE } from './private/permission-chain';
import { checkColumns } from './private/table-properties';
import { acknowledgeWildcards } from '../foundation/private/acknowledge';

/** Properties of a `LakeAccess`. */
export interface LakeAccessProps {
  /** The lake that Lake Formation governs. Its bucket is registered, all its tables are tagged. */
  readonly lake: MedallionLake;

  /**
   * Makes the deploying role an administrator first, when it stands in the same app.
   *
   * @default - the deploying role is an administrator of Lake Formation already
   */
  readonly administration?: LakeAdministration;

  /**
   * ARN of the role that CloudFormation deploys with.
   *
   * @default - the CloudFormation execution role of the stack's synthesizer
   */
  readonly deployingRoleArn?: string;

  /**
   * What stands before `layer`, `domain` and `sensitivity` in the keys of the tags, which are unique in an account.
   *
   * @default - made of stack and construct
   */
  readonly tagPrefix?: string;

  /**
   * The domain that the lake's data belongs to, as a value of the tag `domain`.
   *
   * @default - no domain is tagged
   */
  readonly domain?: string;

  /**
   * A tag for layers that exists already, with the values bronze, silver and gold.
   *
   * @default - a new one
   */
  readonly layerTag?: ILakeTag;

  /**
   * A tag for domains that exists already, with the value of `domain`.
   *
   * @default - a new one, where there is a domain
   */
  readonly domainTag?: ILakeTag;

  /**
   * A tag for sensitivity that exists already, with the values of `Sensitivity`.
   *
   * @default - a new one
   */
  readonly sensitivityTag?: ILakeTag;
}

/** What a consumer may read of a table. */
export interface ReadGrantProps {
  /** Who may read. */
  readonly role: iam.IRole;

  /** A table of the lake. */
  readonly table: IcebergTable;

  /**
   * The only columns that may be read.
   *
   * @default - all columns
   */
  readonly columns?: string[];

  /**
   * Columns that may not be read; the others may, those of the future included.
   *
   * @default - none
   */
  readonly excludedColumns?: string[];

  /**
   * The rows that may be read, as a PartiQL predicate: `symbol = 'AAPL'`.
   *
   * @default - all rows
   * @see https://docs.aws.amazon.com/lake-formation/latest/dg/data-filters-about.html
   */
  readonly rowFilter?: string;
}

/** A tag with some of its values. */
export interface TagCondition {
  /** The tag. */
  readonly tag: ILakeTag;

  /** Any of these values. */
  readonly values: string[];
}

/** What a consumer may read by tags. */
export interface TaggedReadGrantProps {
  /** Who may read. */
  readonly role: iam.IRole;

  /** Tables and columns that meet all of these. */
  readonly conditions: TagCondition[];
}

const READ_CATALOG = ['glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions'];

/**
 * Lake Formation on a lake: the location, tags for layer, domain and sensitivity, and grants.
 *
 * Whatever the lake's own jobs were granted by `grantRead` and `grantWrite` of a table is granted here too, on the whole
 * table. Column lists and row filters are for consumers.
 */
export class LakeAccess extends Construct {
  /** The layer of a database: bronze, silver or gold. */
  public readonly layerTag: ILakeTag;

  /** The sensitivity of a column. */
  public readonly sensitivityTag: ILakeTag;

  /** The domain of a database, where there is one. */
  public readonly domainTag?: ILakeTag;

  private readonly props: LakeAccessProps;
  private readonly permissions: PermissionChain;
  private readonly deployer: string;
  private readonly location: CfnResource;
  private readonly tables = new Map<IcebergTable, GovernedTable>();
  private readonly wholeTables = new Set<string>();
  private readonly filtered = new Set<string>();

  constructor(scope: Construct, id: string, props: LakeAccessProps) {
    super(scope, id);
    this.props = props;
    this.deployer = props.deployingRoleArn ?? deployingRoleArn(Stack.of(this));
    this.permissions = new PermissionChain(this, 'Permissions');
    this.location = registerLocation(this, props.lake, props.administration);
    const prefix = props.tagPrefix ?? `${Names.uniqueResourceName(this, { separator: '-', maxLength: 100 })}-`;
    this.layerTag = props.layerTag ?? this.createTag(`${prefix}layer`, 'Layer', Object.values(MedallionLayer));
    this.sensitivityTag =
      props.sensitivityTag ?? this.createTag(`${prefix}sensitivity`, 'Sensitivity', Object.values(Sensitivity));
    if (props.domain) this.domainTag = props.domainTag ?? this.createTag(`${prefix}domain`, 'Domain', [props.domain]);

    const mayCreate = this.permitDeployer();
    const again = `${this.node.path}: the lake has a LakeAccess already; use that one.`;
    props.lake._tables.listen((added) => this.govern(added.layer, added.table, mayCreate), again);
  }

  /**
   * Lets a role read a table, or some of its columns and rows.
   *
   * @param id of the grant, unique in this construct; it stays when other grants come and go
   * @throws when a column is unknown, or when a filter would bind nothing because the role reads the whole table
   */
  public grantRead(id: string, props: ReadGrantProps): void {
    const { role, table, rowFilter } = props;
    const governed = this.governed(id, table);
    const isFiltered = rowFilter !== undefined || props.columns !== undefined || props.excludedColumns !== undefined;
    this.checkFilter(id, props, isFiltered);
    this.permitDatabase(role, governed);
    const filter = isFiltered ? this.filter(id, props, governed) : undefined;
    const on = filter
      ? onCells(filter)
      : { table: { catalogId: this.catalogId, databaseName: table.databaseName, name: table.tableName } };
    const after = filter ? [filter] : governed.ready;
    for (const permission of READ) this.permissions.permit(id, role.roleArn, permission, on, ...after);
    this.allowDataAccess(role);
  }

  /**
   * Lets a role read every table and column that has the tags.
   *
   * @param id of the grant, unique in this construct; it stays when other grants come and go
   */
  public grantReadByTags(id: string, props: TaggedReadGrantProps): void {
    const expression = props.conditions.map(({ tag, values }) => ({ tagKey: tag.tagKey, tagValues: values }));
    const policy = (resourceType: string) => ({
      lfTagPolicy: { catalogId: this.catalogId, expression, resourceType },
    });
    const tags = props.conditions.map(({ tag }) => tag);
    for (const permission of READ) {
      this.permissions.permit(id, props.role.roleArn, permission, policy('TABLE'), ...tags);
    }
    this.permissions.permit(`${id}-Database`, props.role.roleArn, 'DESCRIBE', policy('DATABASE'), ...tags);
    this.allowDataAccess(props.role);
  }

  private get catalogId(): string {
    return Stack.of(this).account;
  }

  private createTag(tagKey: string, id: string, tagValues: string[]): ILakeTag {
    const tag = new LakeTag(this, `${id}Tag`, { tagKey, tagValues });
    if (this.props.administration) tag.node.addDependency(this.props.administration);
    return tag;
  }

  /** Lets the deploying role create tables of this lake; answers with what every table has to wait for. */
  private permitDeployer(): Map<MedallionLayer, IDependable> {
    const mayLocate = this.permitLocation('Deployer', this.deployer);
    const { lake } = this.props;
    const layers = Object.values(MedallionLayer);
    for (const layer of layers) this.closeDatabase(layer, mayLocate);
    const permitted = layers.map((layer): [MedallionLayer, IDependable] => {
      const on = { database: { catalogId: this.catalogId, name: lake.database(layer).databaseName } };
      const database = lake.database(layer);
      return [layer, this.permissions.permit(`Deployer-${layer}`, this.deployer, 'CREATE_TABLE', on, database)];
    });
    return new Map(permitted);
  }

  private permitLocation(id: string, principalArn: string): CfnResource {
    const { bucketArn } = this.props.lake.bucket.bucket;
    const on = { dataLocation: { catalogId: this.catalogId, resourceArn: bucketArn } };
    return this.permissions.permit(`${id}-Location`, principalArn, 'DATA_LOCATION_ACCESS', on, this.location);
  }

  /**
   * Without this, Lake Formation gives every principal that IAM lets in all permissions on every new table, and no
   * filter binds anyone. https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html (2026-11-24)
   */
  private closeDatabase(layer: MedallionLayer, after: IDependable): void {
    const database = this.props.lake.database(layer);
    const resource = database.node.defaultChild as glue.CfnDatabase | undefined;
    if (resource === undefined) return;
    resource.addPropertyOverride('DatabaseInput.CreateTableDefaultPermissions', []);
    resource.node.addDependency(after);
    const tags: [ILakeTag | undefined, string | undefined][] = [
      [this.layerTag, layer],
      [this.domainTag, this.props.domain],
    ];
    for (const [tag, value] of tags) {
      if (!tag || value === undefined) continue;
      const on = { database: { catalogId: this.catalogId, name: database.databaseName } };
      this.associate(`${layer}-${tag.node.id}`, on, tag, value).node.addDependency(database);
    }
  }

  private govern(layer: MedallionLayer, table: IcebergTable, mayCreate: Map<MedallionLayer, IDependable>): void {
    const allowed = mayCreate.get(layer);
    if (allowed) table.node.addDependency(allowed);
    this.permitGuard(layer, table);
    const { databaseName, tableName: name } = table;
    const tagged = [...columnsBySensitivity(table)].map(([sensitivity, columnNames]) => {
      const on = { tableWithColumns: { catalogId: this.catalogId, databaseName, name, columnNames } };
      const association = this.associate(`${layer}.${name}-${sensitivity}`, on, this.sensitivityTag, sensitivity);
      association.node.addDependency(table);
      return association;
    });
    const governed = { layer, ready: [table, ...tagged] };
    this.tables.set(table, governed);
    const again = `${table.node.path}: is governed already.`;
    table._requests.listen(({ grantee, write }) => this.permitPipeline(grantee, table, governed, write), again);
  }

  /** The guard looks at a table before it is there, so that it is permitted on all tables of the database. */
  private permitGuard(layer: MedallionLayer, table: IcebergTable): void {
    const role = table._guard?.grantPrincipal;
    if (role === undefined || !isRole(role)) return;
    const { databaseName } = table;
    const on = { table: { catalogId: this.catalogId, databaseName, tableWildcard: {} } };
    const database = this.props.lake.database(layer);
    table.node.addDependency(this.permissions.permit(`Guard-${layer}`, role.roleArn, 'DESCRIBE', on, database));
  }

  private associate(
    id: string,
    resource: lakeformation.CfnTagAssociation.ResourceProperty,
    tag: ILakeTag,
    value: string,
  ) {
    const lfTags = [{ catalogId: this.catalogId, tagKey: tag.tagKey, tagValues: [value] }];
    return new lakeformation.CfnTagAssociation(this, `Tag-${id}`, { resource, lfTags });
  }

  /** Whole tables: Spark cannot stream under column and row filters, and writes what it does not read. */
  private permitPipeline(grantee: iam.IGrantable, table: IcebergTable, governed: GovernedTable, write: boolean): void {
    const role = grantee.grantPrincipal;
    if (!isRole(role)) return;
    const id = `${role.node.path.replaceAll('/', '-')}-${governed.layer}.${table.tableName}`;
    const reader = key(role, table);
    if (this.filtered.has(reader)) throw new Error(tooMuch(role.node.path, table));
    this.wholeTables.add(reader);
    this.permitDatabase(role, governed);
    if (write) this.permitLocation(role.node.path.replaceAll('/', '-'), role.roleArn);
    const on = { table: { catalogId: this.catalogId, databaseName: table.databaseName, name: table.tableName } };
    for (const permission of write ? WRITE : READ) {
      this.permissions.permit(id, role.roleArn, permission, on, ...governed.ready);
    }
  }

  private permitDatabase(role: iam.IRole, { layer }: GovernedTable): void {
    const database = this.props.lake.database(layer);
    const on = { database: { catalogId: this.catalogId, name: database.databaseName } };
    const id = `${role.node.path.replaceAll('/', '-')}-${layer}`;
    this.permissions.permit(id, role.roleArn, 'DESCRIBE', on, database);
  }

  private governed(id: string, table: IcebergTable): GovernedTable {
    const governed = this.tables.get(table);
    if (governed) return governed;
    throw new Error(`${id}: table ${table.node.path} is not of this lake; grant tables that its addTable has made.`);
  }

  private checkFilter(id: string, props: ReadGrantProps, isFiltered: boolean): void {
    const { table, role } = props;
    if (props.columns && props.excludedColumns) {
      throw new Error(`${id}: gives columns and excludedColumns; give the one that is shorter.`);
    }
    checkColumns(id, 'columns', props.columns ?? [], table.schema);
    checkColumns(id, 'excludedColumns', props.excludedColumns ?? [], table.schema);
    const reader = key(role, table);
    if (isFiltered && this.wholeTables.has(reader)) throw new Error(tooMuch(role.node.path, table));
    (isFiltered ? this.filtered : this.wholeTables).add(reader);
  }

  private filter(id: string, props: ReadGrantProps, { ready }: GovernedTable) {
    const filter = cellsFilter(this, id, props);
    filter.node.addDependency(...ready);
    return filter;
  }

  /** Engines exchange a permission of Lake Formation for access to files in the reader's own name. */
  private allowDataAccess(role: iam.IRole): void {
    acknowledgeWildcards(role, ['*'], 'GetDataAccess knows no resources in IAM; Lake Formation judges it.');
    iam.Grant.addToPrincipal({ grantee: role, actions: ['lakeformation:GetDataAccess'], resourceArns: ['*'] });
    const { lake } = this.props;
    const { partition, region, account } = Stack.of(this);
    const arn = (path: string) => `arn:${partition}:glue:${region}:${account}:${path}`;
    const databases = Object.values(MedallionLayer).map((layer) => lake.database(layer).databaseName);
    const tables = databases.map((name) => arn(`table/${name}/*`));
    acknowledgeWildcards(role, tables, 'Lake Formation judges which tables of the lake are seen.');
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: READ_CATALOG,
      resourceArns: [arn('catalog'), ...databases.map((name) => arn(`database/${name}`)), ...tables],
    });
  }
}

/** A table of the lake with what has to be there before anyone is granted it. */
interface GovernedTable {
  readonly layer: MedallionLayer;
  readonly ready: IDependable[];
}

function key(role: iam.IRole, table: IcebergTable): string {
  return `${role.node.path} ${table.node.path}`;
}

function tooMuch(role: string, table: IcebergTable): string {
  return (
    `${role}: reads the whole of ${table.tableName}, so that a column list or row filter would bind nothing; ` +
    'give consumers a role of their own.'
  );
}

function columnsBySensitivity(table: IcebergTable): Map<Sensitivity, string[]> {
  const columns = new Map<Sensitivity, string[]>();
  for (const { name, sensitivity } of table.schema.columns) {
    if (sensitivity) columns.set(sensitivity, [...(columns.get(sensitivity) ?? []), name]);
  }
  return columns;
}
