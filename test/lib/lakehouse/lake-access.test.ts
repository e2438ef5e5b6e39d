import { App, Aws, DefaultStackSynthesizer, LegacyStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import {
  LakeAccess,
  type LakeAccessProps,
  LakeAdministration,
  LakeTag,
  type MedallionLake,
  MedallionLayer,
  type ReadGrantProps,
} from '../../../lib/lakehouse';
import { RecordSchema, Sensitivity } from '../../../lib/schema';
import { type Json, newLake, newStack, rawSchema } from './fixture';

type Resources = Record<string, { Type: string; Properties: Json; DependsOn?: string[] }>;

const PERMISSIONS = 'AWS::LakeFormation::PrincipalPermissions';

/** A table's columns as the ledger knows them, one of them personal. */
const sensitiveSchema = new RecordSchema({
  name: rawSchema.name,
  columns: rawSchema.columns.map((column) =>
    column.name === 'source' ? { ...column, sensitivity: Sensitivity.PERSONAL } : column,
  ),
});

/** Everything that a resource waits for, directly or through others, by DependsOn alone. */
function waitsFor(resources: Resources, id: string, seen = new Set<string>()): Set<string> {
  for (const before of resources[id].DependsOn ?? []) {
    if (!seen.has(before)) waitsFor(resources, before, seen.add(before));
  }
  return seen;
}

/** Everything that a resource waits for, by DependsOn, Ref and Fn::GetAtt. */
function comesAfter(resources: Resources, id: string, seen = new Set<string>()): Set<string> {
  const { Properties, DependsOn = [] } = resources[id];
  const text = JSON.stringify(Properties ?? {});
  const named = [...text.matchAll(/"Ref":"([^"]+)"|"Fn::GetAtt":\["([^"]+)"/g)].map(
    ([, ref, attribute]) => ref ?? attribute,
  );
  for (const before of [...DependsOn, ...named].filter((name) => resources[name])) {
    if (!seen.has(before)) comesAfter(resources, before, seen.add(before));
  }
  return seen;
}

interface Governed {
  readonly stack: Stack;
  readonly lake: MedallionLake;
  readonly access: LakeAccess;
  grantRead(id: string, grant?: Partial<ReadGrantProps>): void;
}

function governed(props: Partial<LakeAccessProps> = {}, stack = newStack()): Governed {
  const lake = newLake(stack, 'Lake', { databasePrefix: 'c_' });
  const bronze = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: sensitiveSchema });
  const access = new LakeAccess(stack, 'Access', { lake, tagPrefix: 'c-', domain: 'trading', ...props });
  const analyst = new iam.Role(stack, 'Analyst', { assumedBy: new iam.AccountRootPrincipal() });
  const grantRead = (id: string, grant: Partial<ReadGrantProps> = {}) =>
    access.grantRead(id, { role: analyst, table: bronze, ...grant });
  return { stack, lake, access, grantRead };
}

function resourcesOf(stack: Stack): Resources {
  return Template.fromStack(stack).toJSON().Resources;
}

function idsOf(resources: Resources, type: string, where: (properties: Json) => boolean = () => true): string[] {
  return Object.keys(resources).filter((id) => resources[id].Type === type && where(resources[id].Properties));
}

/** Permissions without what CloudFormation makes up. */
function permissionsOf(resources: Resources): string[] {
  return idsOf(resources, PERMISSIONS).map((id) => {
    const { Permissions, Resource } = resources[id].Properties;
    return `${Permissions.join('+')} on ${Object.keys(Resource).join('+')}`;
  });
}

describe('the order of a deployment', () => {
  let resources: Resources;
  let after: (id: string) => Set<string>;
  const only = (type: string, where?: (properties: Json) => boolean) => {
    const found = idsOf(resources, type, where);
    expect(found).toHaveLength(1);
    return found[0];
  };

  beforeAll(() => {
    const stack = newStack();
    const administration = new LakeAdministration(stack, 'Administration');
    const { grantRead } = governed({ administration }, stack);
    grantRead('analysts', { rowFilter: "source = 'a'" });
    resources = resourcesOf(stack);
    after = (id) => comesAfter(resources, id);
  });

  const settings = () => only('AWS::LakeFormation::DataLakeSettings');
  const location = () => only('AWS::LakeFormation::Resource');
  const mayLocate = () => only(PERMISSIONS, ({ Permissions }) => Permissions.includes('DATA_LOCATION_ACCESS'));
  const bronze = () => only('AWS::Glue::Database', ({ DatabaseInput }) => DatabaseInput.Name === 'c_bronze');
  const mayCreate = () =>
    only(
      PERMISSIONS,
      ({ Permissions, Resource }) => Permissions.includes('CREATE_TABLE') && Resource.Database.Name.Ref === bronze(),
    );
  const table = () => only('AWS::Glue::Table');
  const filter = () => only('AWS::LakeFormation::DataCellsFilter');

  test('the administrator comes before the location', () => {
    expect(after(location())).toContain(settings());
  });

  test('the role of the location has its rights on files and key before it is registered', () => {
    const policies = idsOf(resources, 'AWS::IAM::Policy', ({ PolicyDocument }) =>
      JSON.stringify(PolicyDocument).includes('kms:GenerateDataKey'),
    );
    expect(after(location())).toContain(policies.find((id) => id.includes('LocationRole')));
  });

  test('the deploying role may use the location once it is registered', () => {
    expect(after(mayLocate())).toContain(location());
  });

  test('a database waits for that', () => {
    expect(after(bronze())).toContain(mayLocate());
  });

  test('the deploying role may create tables once the database is there', () => {
    expect(after(mayCreate())).toContain(bronze());
  });

  test('a table waits for that, by DependsOn, as does all that stands in it', () => {
    expect(waitsFor(resources, table())).toContain(mayCreate());
  });

  test('the guard may look before the table is there, and looks before anything is done to the table', () => {
    const mayLook = only(PERMISSIONS, ({ Resource }) => Resource.Table?.TableWildcard !== undefined);
    const look = only('Custom::IcebergTableGuard');
    expect(waitsFor(resources, look)).toContain(mayLook);
    expect(waitsFor(resources, look)).toContain(mayCreate());
    expect(waitsFor(resources, table())).toContain(look);
  });

  test('columns are tagged once the table is there', () => {
    const associations = idsOf(
      resources,
      'AWS::LakeFormation::TagAssociation',
      ({ Resource }) => Resource.TableWithColumns !== undefined,
    );
    expect(associations.length).toBeGreaterThan(0);
    associations.forEach((id) => expect(after(id)).toContain(table()));
  });

  test('a filter waits for table and tags, its grants for the filter', () => {
    const tags = idsOf(resources, 'AWS::LakeFormation::TagAssociation', ({ Resource }) => Resource.TableWithColumns);
    [table(), ...tags].forEach((id) => expect(waitsFor(resources, filter())).toContain(id));
    const grants = idsOf(resources, PERMISSIONS, ({ Resource }) => Resource.DataCellsFilter !== undefined);
    expect(grants).toHaveLength(2);
    grants.forEach((id) => expect(after(id)).toContain(filter()));
  });

  test('tags of its own wait for the administrator', () => {
    idsOf(resources, 'AWS::LakeFormation::Tag').forEach((id) => expect(after(id)).toContain(settings()));
  });
});

describe('a database', () => {
  test('gives nobody permissions on new tables by default', () => {
    const databases = resourcesOf(governed().stack);
    const inputs = idsOf(databases, 'AWS::Glue::Database').map((id) => databases[id].Properties.DatabaseInput);
    expect(inputs.map((input) => input.CreateTableDefaultPermissions)).toEqual([[], [], []]);
  });

  test('keeps the default without Lake Formation', () => {
    const stack = newStack();
    newLake(stack, 'Lake', { databasePrefix: '' }).database(MedallionLayer.BRONZE);
    const resources = resourcesOf(stack);
    const [id] = idsOf(resources, 'AWS::Glue::Database');
    expect(resources[id].Properties.DatabaseInput.CreateTableDefaultPermissions).toBeUndefined();
  });
});

describe('permissions', () => {
  const twenty = Array.from({ length: 20 }, (_, index) => `reader${index}`);

  function template(ids: readonly string[], change: Record<string, Partial<ReadGrantProps>> = {}): Resources {
    const { stack, grantRead } = governed();
    ids.forEach((id) => grantRead(id, { rowFilter: `source = '${id}'`, ...change[id] }));
    return resourcesOf(stack);
  }

  /** What CloudFormation would create, change and delete; it does not update a resource for its DependsOn. */
  function difference(before: Resources, now: Resources): { added: string[]; removed: string[]; changed: string[] } {
    const properties = (resources: Resources, id: string) => JSON.stringify(resources[id].Properties);
    const inBoth = Object.keys(before).filter((id) => now[id]);
    return {
      added: Object.keys(now).filter((id) => !before[id]),
      removed: Object.keys(before).filter((id) => !now[id]),
      changed: inBoth.filter((id) => properties(before, id) !== properties(now, id)),
    };
  }

  test('are granted one after the other, twenty readers too', () => {
    const resources = template(twenty);
    const all = idsOf(resources, PERMISSIONS);
    expect(all.length).toBeGreaterThanOrEqual(40);
    const before = new Map(all.map((id) => [id, waitsFor(resources, id)]));
    for (const [place, id] of all.entries()) {
      for (const other of all.slice(place + 1)) {
        expect(before.get(id)?.has(other) || before.get(other)?.has(id)).toBe(true);
      }
    }
  });

  test('are one each', () => {
    const resources = template(['a', 'b']);
    idsOf(resources, PERMISSIONS).forEach((id) => expect(resources[id].Properties.Permissions).toHaveLength(1));
  });

  test('one more touches no other', () => {
    const { added, removed, changed } = difference(template(['a', 'c']), template(['a', 'b', 'c']));
    expect([removed, changed]).toEqual([[], []]);
    expect(added).toHaveLength(3);
  });

  test('one less touches no other', () => {
    const { added, removed, changed } = difference(template(twenty), template(twenty.slice(1)));
    expect([added, changed]).toEqual([[], []]);
    expect(removed).toHaveLength(3);
  });

  test('another row filter makes a new filter under a name of its own, and changes its grants alone', () => {
    const before = template(['a', 'b', 'c']);
    const now = template(['a', 'b', 'c'], { b: { rowFilter: "source = 'x'" } });
    const { added, removed, changed } = difference(before, now);
    expect([added, removed]).toEqual([[], []]);
    expect(changed.map((id) => now[id].Type).sort()).toEqual([
      'AWS::LakeFormation::DataCellsFilter',
      PERMISSIONS,
      PERMISSIONS,
    ]);
    const [filter] = changed.filter((id) => now[id].Type === 'AWS::LakeFormation::DataCellsFilter');
    expect(before[filter].Properties.Name).toMatch(/^b-[0-9a-f]{8}$/);
    expect(now[filter].Properties.Name).not.toBe(before[filter].Properties.Name);
  });
});

describe('a grant to a consumer', () => {
  function granted(grant: Partial<ReadGrantProps>): Resources {
    const { stack, grantRead } = governed();
    grantRead('analysts', grant);
    return resourcesOf(stack);
  }
  const filterOf = (resources: Resources) => {
    const [id] = idsOf(resources, 'AWS::LakeFormation::DataCellsFilter');
    return resources[id].Properties;
  };

  test('is on the table where nothing is filtered', () => {
    const resources = granted({});
    expect(permissionsOf(resources)).toEqual(expect.arrayContaining(['DESCRIBE on Table', 'SELECT on Table']));
    expect(idsOf(resources, 'AWS::LakeFormation::DataCellsFilter')).toEqual([]);
  });

  test('is bound to columns', () => {
    expect(filterOf(granted({ columns: ['source'] }))).toMatchObject({
      ColumnNames: ['source'],
      RowFilter: { AllRowsWildcard: {} },
      DatabaseName: { Ref: expect.stringContaining('Bronze') },
      TableName: 'trades',
    });
  });

  test('is bound to all columns but some', () => {
    expect(filterOf(granted({ excludedColumns: ['raw_payload'] })).ColumnWildcard).toEqual({
      ExcludedColumnNames: ['raw_payload'],
    });
  });

  test('is bound to rows', () => {
    expect(filterOf(granted({ rowFilter: "source = 'a'" }))).toMatchObject({
      ColumnWildcard: { ExcludedColumnNames: [] },
      RowFilter: { FilterExpression: "source = 'a'" },
    });
  });

  test('lets it find the database, and exchange the permission for data', () => {
    const resources = granted({});
    expect(permissionsOf(resources)).toContain('DESCRIBE on Database');
    const [policy] = idsOf(resources, 'AWS::IAM::Policy').filter((id) => id.startsWith('Analyst'));
    const actions = resources[policy].Properties.PolicyDocument.Statement.flatMap(({ Action }: Json) => Action);
    expect(actions).toContain('lakeformation:GetDataAccess');
    expect(actions.filter((action: string) => action.startsWith('s3:'))).toEqual([]);
  });

  test.each([
    ['an unknown column', { columns: ['price'] }, /price/],
    ['an unknown excluded column', { excludedColumns: ['price'] }, /price/],
    ['columns of both kinds', { columns: ['source'], excludedColumns: ['source'] }, /give the one that is shorter/],
  ])('is refused with %s', (_, grant, sentence) => {
    expect(() => granted(grant)).toThrow(sentence);
  });

  test('is refused on a table of another lake', () => {
    const { stack, grantRead } = governed();
    const other = newLake(stack, 'Other', { databasePrefix: 'o_' });
    const table = other.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
    expect(() => grantRead('analysts', { table })).toThrow('is not of this lake');
  });

  test('can be by tags', () => {
    const { stack, access } = governed();
    const role = new iam.Role(stack, 'Scientist', { assumedBy: new iam.AccountRootPrincipal() });
    access.grantReadByTags('science', { role, conditions: [{ tag: access.layerTag, values: ['gold'] }] });
    const resources = resourcesOf(stack);
    const policies = idsOf(resources, PERMISSIONS, ({ Resource }) => Resource.LFTagPolicy !== undefined);
    expect(policies.map((id) => resources[id].Properties.Resource.LFTagPolicy.Expression)).toEqual(
      Array(3).fill([{ TagKey: { Ref: expect.stringContaining('LayerTag') }, TagValues: ['gold'] }]),
    );
    expect(permissionsOf(resources)).toEqual(
      expect.arrayContaining(['DESCRIBE on LFTagPolicy', 'SELECT on LFTagPolicy']),
    );
  });
});

describe('a job of the lake', () => {
  function withJob(writes: boolean, isBefore: boolean): Resources {
    const stack = newStack();
    const lake = newLake(stack, 'Lake', { databasePrefix: '' });
    const table = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
    const job = new iam.Role(stack, 'Job', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
    const grant = () => (writes ? table.grantReadWrite(job) : table.grantRead(job));
    if (isBefore) grant();
    new LakeAccess(stack, 'Access', { lake });
    if (!isBefore) grant();
    return resourcesOf(stack);
  }
  const ofJob = (resources: Resources) =>
    idsOf(resources, PERMISSIONS, ({ Principal }) =>
      JSON.stringify(Principal.DataLakePrincipalIdentifier).includes('Job'),
    ).map((id) => `${resources[id].Properties.Permissions} on ${Object.keys(resources[id].Properties.Resource)}`);

  test.each([true, false])('reads the whole of what it was granted (granted before: %s)', (isBefore) => {
    expect(ofJob(withJob(false, isBefore)).sort()).toEqual([
      'DESCRIBE on Database',
      'DESCRIBE on Table',
      'SELECT on Table',
    ]);
  });

  test('commits to what it was granted', () => {
    expect(ofJob(withJob(true, true)).sort()).toEqual([
      'ALTER on Table',
      'DATA_LOCATION_ACCESS on DataLocation',
      'DELETE on Table',
      'DESCRIBE on Database',
      'DESCRIBE on Table',
      'INSERT on Table',
      'SELECT on Table',
    ]);
  });

  test('cannot be bound by a filter, whichever comes first', () => {
    const stack = newStack();
    const lake = newLake(stack, 'Lake', { databasePrefix: '' });
    const table = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
    const role = new iam.Role(stack, 'Job', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
    const other = new iam.Role(stack, 'Other', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
    const access = new LakeAccess(stack, 'Access', { lake });
    table.grantRead(role);
    expect(() => access.grantRead('rows', { role, table, rowFilter: 'true' })).toThrow('would bind nothing');
    access.grantRead('columns', { role: other, table, columns: ['source'] });
    expect(() => table.grantRead(other)).toThrow('would bind nothing');
  });
});

describe('tags', () => {
  test('have keys of their own, with the values of layer, domain and sensitivity', () => {
    const resources = resourcesOf(governed().stack);
    const tags = idsOf(resources, 'AWS::LakeFormation::Tag').map((id) => resources[id].Properties);
    expect(tags.map(({ TagKey, TagValues }) => [TagKey, TagValues])).toEqual([
      ['c-layer', ['bronze', 'silver', 'gold']],
      ['c-sensitivity', ['public', 'internal', 'confidential', 'personal']],
      ['c-domain', ['trading']],
    ]);
  });

  test('two lakes in a stack have different keys', () => {
    const stack = newStack();
    for (const name of ['One', 'Two']) new LakeAccess(stack, `${name}Access`, { lake: newLake(stack, name) });
    const resources = resourcesOf(stack);
    const keys = idsOf(resources, 'AWS::LakeFormation::Tag').map((id) => resources[id].Properties.TagKey);
    expect(new Set(keys).size).toBe(4);
  });

  test('can be those that exist', () => {
    const stack = newStack();
    const layerTag = LakeTag.fromTagKey(stack, 'Known', 'company-layer');
    const sensitivityTag = LakeTag.fromTagKey(stack, 'KnownToo', 'company-sensitivity');
    governed({ layerTag, sensitivityTag, domain: undefined }, stack);
    const resources = resourcesOf(stack);
    expect(idsOf(resources, 'AWS::LakeFormation::Tag')).toEqual([]);
    const [first] = idsOf(resources, 'AWS::LakeFormation::TagAssociation');
    expect(resources[first].Properties.LFTags[0].TagKey).toBe('company-layer');
  });

  test('columns have the sensitivity that the schema says', () => {
    const stack = newStack();
    const lake = newLake(stack, 'Lake', { databasePrefix: '' });
    new LakeAccess(stack, 'Access', { lake });
    lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: sensitiveSchema });
    const resources = resourcesOf(stack);
    const [id, ...rest] = idsOf(
      resources,
      'AWS::LakeFormation::TagAssociation',
      ({ Resource }) => Resource.TableWithColumns,
    );
    expect(rest).toEqual([]);
    expect(resources[id].Properties.Resource.TableWithColumns.ColumnNames).toEqual(['source']);
    expect(resources[id].Properties.LFTags[0].TagValues).toEqual(['personal']);
  });
});

describe('the deploying role', () => {
  const principal = (stack: Stack) => {
    const resources = resourcesOf(stack);
    const [id] = idsOf(resources, PERMISSIONS);
    return resources[id].Properties.Principal.DataLakePrincipalIdentifier;
  };

  test('is the CloudFormation execution role of the synthesizer', () => {
    const arn =
      'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-cfn-exec-role-${AWS::AccountId}-${AWS::Region}';
    expect(principal(governed().stack)).toEqual({ 'Fn::Sub': arn });
  });

  test('follows the qualifier of the synthesizer', () => {
    const synthesizer = new DefaultStackSynthesizer({ qualifier: 'mine' });
    const stack = new Stack(new App(), 'Stack', { synthesizer });
    expect(JSON.stringify(principal(governed({}, stack).stack))).toContain('role/cdk-mine-cfn-exec-role-');
  });

  test('can be another one', () => {
    expect(principal(governed({ deployingRoleArn: 'arn:aws:iam::111122223333:role/deploy' }).stack)).toBe(
      'arn:aws:iam::111122223333:role/deploy',
    );
  });

  test('has to be given where the synthesizer has none', () => {
    const stack = new Stack(new App(), 'Stack', { synthesizer: new LegacyStackSynthesizer() });
    expect(() => governed({}, stack)).toThrow('give deployingRoleArn');
  });
});

describe('the administration', () => {
  test('adds to the settings of the account, and stays', () => {
    const stack = newStack();
    new LakeAdministration(stack, 'Administration', { administratorArns: [`arn:aws:iam::${Aws.ACCOUNT_ID}:role/a`] });
    const template = Template.fromStack(stack);
    template.hasResource('AWS::LakeFormation::DataLakeSettings', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { MutationType: 'APPEND' },
    });
    const [settings] = Object.values(template.findResources('AWS::LakeFormation::DataLakeSettings'));
    expect(Object.keys(settings.Properties).sort()).toEqual(['Admins', 'MutationType']);
    expect(settings.Properties.Admins).toHaveLength(2);
  });

  test('is the only one that touches the settings of the account', () => {
    expect(idsOf(resourcesOf(governed().stack), 'AWS::LakeFormation::DataLakeSettings')).toEqual([]);
  });
});
