import { changesOf } from '../../../../bin/commands/review/changes';
import { Consumers } from '../../../../bin/commands/review/consumers';
import { changedFlow, type Flow, flowOf, mermaid } from '../../../../bin/commands/review/flow';
import { risksOf } from '../../../../bin/commands/review/rules';
import type { Stack } from '../../../../bin/commands/review/assembly';
import type { Json, Resource, Template } from '../../../../bin/commands/review/template';
import { permission } from './lake-formation';

const [OWNER, CONSUMER] = ['222222222222', '333333333333'];
const DATABASE = { Ref: 'Database' };

const columns = (...names: string[]) => names.map((Name, index) => ({ Id: index + 1, Name, Type: 'int' }));
const table = (Name: string, ...names: string[]) => ({
  Type: 'AWS::Glue::Table',
  Properties: {
    CatalogId: OWNER,
    DatabaseName: DATABASE,
    Name,
    OpenTableFormatInput: {
      IcebergInput: {
        MetadataOperation: 'CREATE',
        IcebergTableInput: {
          Location: { 'Fn::Join': ['', ['s3://', { Ref: 'Data' }, `/sales/${Name}`]] },
          Schema: { Type: 'struct', Fields: columns(...names) },
        },
      },
    },
  },
});
const roleOf = (account: string, role: string) => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${account}:role/${role}`]],
});
const tag = (on: object, ...values: string[]) => ({
  Type: 'AWS::LakeFormation::TagAssociation',
  Properties: { Resource: on, LFTags: [{ TagKey: { Ref: 'Tag' }, TagValues: values }] },
});
const trusting = (principal: object) => ({ Statement: [{ Effect: 'Allow', Principal: principal }] });

/** Two tables of a domain, and what is granted on them. */
const owner = (grants: Record<string, object> = {}, ...fields: string[]): Stack => ({
  name: 'Owner',
  account: OWNER,
  template: {
    Resources: {
      Data: { Type: 'AWS::S3::Bucket' },
      Database: { Type: 'AWS::Glue::Database', Properties: { DatabaseInput: { Name: 'sales' } } },
      Orders: table('orders', ...(fields.length > 0 ? fields : ['id', 'amount'])),
      Returns: table('returns', 'id'),
      ...grants,
    },
  } as unknown as Template,
});

/** A job in another account, whose role others know by name. */
const consumer: Stack = {
  name: 'Consumer',
  account: CONSUMER,
  template: {
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'reports',
          AssumeRolePolicyDocument: trusting({ Service: 'glue.amazonaws.com' }) as Json,
        },
      } as Resource,
      Job: { Type: 'AWS::Glue::Job', Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
    },
  },
};

const namedTable = { Table: { DatabaseName: DATABASE, Name: 'orders' } };
const allTables = { Table: { DatabaseName: DATABASE, TableWildcard: {} } };
const byTag = (...values: string[]) => ({
  LFTagPolicy: { ResourceType: 'TABLE', Expression: [{ TagKey: { Ref: 'Tag' }, TagValues: values }] },
});
const filter = {
  DataCellsFilter: { DatabaseName: DATABASE, TableCatalogId: OWNER, TableName: 'orders', Name: 'no-amounts' },
};
const databaseByName = { TableWithColumns: { DatabaseName: 'sales', Name: 'orders', ColumnNames: ['id'] } };

const edgesOf = ({ nodes, edges }: Flow): string[] => {
  const label = (id: string) => nodes.find((node) => node.id === id)?.label;
  return edges.map(({ from, to }) => `${label(from)} -> ${label(to)}`).sort();
};

describe('who may read a table by Lake Formation', () => {
  const reports = roleOf(CONSUMER, 'reports');
  test.each([
    ['by its name', { Grant: permission(reports, namedTable, 'SELECT') }, ['orders']],
    ['by all of its database', { Grant: permission(reports, allTables, 'SELECT') }, ['orders', 'returns']],
    [
      'by its columns, in a database that is named',
      { Grant: permission(reports, databaseByName, 'SELECT') },
      ['orders'],
    ],
    ['by a filter of its rows', { Grant: permission(reports, filter, 'SELECT') }, ['orders']],
    [
      'by its tag',
      { Tagged: tag(namedTable, 'orders.v1'), Grant: permission(reports, byTag('orders.v1'), 'SELECT') },
      ['orders'],
    ],
    [
      'by a tag of its database',
      {
        Tagged: tag({ Database: { Name: DATABASE } }, 'sales'),
        Grant: permission(reports, byTag('sales', 'other'), 'SELECT'),
      },
      ['orders', 'returns'],
    ],
    [
      'not by another tag',
      { Tagged: tag(namedTable, 'orders.v1'), Grant: permission(reports, byTag('v2'), 'SELECT') },
      [],
    ],
    ['not by a description of it', { Grant: permission(reports, namedTable, 'DESCRIBE') }, []],
  ])('%s', (_, grants, tables) => {
    const expected = tables.map((name) => `sales.${name} -> Job`);
    expect(edgesOf(flowOf([owner(grants), consumer]))).toEqual(expected);
  });

  test('a role that is of none of the stacks is named with its account, and so is an account', () => {
    const grants = {
      Role: permission(reports, namedTable, 'SELECT'),
      Account: permission('444444444444', namedTable, 'SELECT'),
    };
    expect(edgesOf(flowOf([owner(grants)]))).toEqual([
      'sales.orders -> account 444444444444',
      'sales.orders -> reports of 333333333333',
    ]);
  });

  test('a role of that name in another account is somebody else', () => {
    const grants = { Grant: permission(roleOf('555555555555', 'reports'), namedTable, 'SELECT') };
    expect(edgesOf(flowOf([owner(grants), consumer]))).toEqual(['sales.orders -> reports of 555555555555']);
  });

  test('a person of the own account, not a service that looks after the table', () => {
    const people = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trusting({ AWS: OWNER }) } };
    const service = {
      Type: 'AWS::IAM::Role',
      Properties: { AssumeRolePolicyDocument: trusting({ Service: 'glue.amazonaws.com' }) },
    };
    const arn = (role: string): Json => ({ 'Fn::GetAtt': [role, 'Arn'] });
    const grants = {
      People: people,
      Optimizer: service,
      First: permission(arn('People'), namedTable, 'SELECT'),
      Second: permission(arn('Optimizer'), namedTable, 'SELECT'),
    };
    expect(edgesOf(flowOf([owner(grants)]))).toEqual(['sales.orders -> People']);
  });

  test('a column that goes names the job of the other account that reads it', () => {
    const grants = { Grant: permission(reports, namedTable, 'SELECT') };
    const [before, after] = [
      [owner(grants), consumer],
      [owner(grants, 'id'), consumer],
    ];
    const changes = changesOf(before, after);
    const risks = risksOf({ before, after, changes, consumers: new Consumers(before) });
    expect(risks.map(({ rule }) => rule)).toEqual(['column-dropped']);
    expect(risks[0].says).toContain('Job of Consumer');
  });
});

test('a tag that moves shows who may read from now on, and who no more', () => {
  const reports = roleOf(CONSUMER, 'reports');
  const subscribed = (on: object) => ({ Tagged: tag(on, 'v1'), Grant: permission(reports, byTag('v1'), 'SELECT') });
  const returns = { Table: { DatabaseName: DATABASE, Name: 'returns' } };
  const [old, now] = [namedTable, returns].map((on) => flowOf([owner(subscribed(on))]));
  const drawn = String(changedFlow(old, now, new Set(['Owner/Tagged'])));
  expect(drawn.split('\n')).toEqual([
    'flowchart LR',
    '  n0[("sales.orders")]',
    '  n1[("sales.returns")]',
    '  n2(["reports of 333333333333"])',
    '  n0 -.-> n2',
    '  n1 ==> n2',
  ]);
  expect(changedFlow(old, old, new Set(['Owner/Tagged']))).toBeUndefined();
});

describe('Mermaid', () => {
  const node = (id: string, label: string, stack = 'A') => ({ id, label, stack, kind: 'table' as const });

  test('frames the stacks when there are several, and nobody else', () => {
    const nodes = [node('A/t', 't'), node('B/u', 'u', 'B'), { id: 'x', kind: 'reader' as const, label: 'x' }];
    const drawn = mermaid({ nodes, edges: [{ from: 'A/t', to: 'x' }] }).split('\n');
    expect(drawn).toEqual([
      'flowchart LR',
      '  subgraph s0["A"]',
      '    n0[("t")]',
      '  end',
      '  subgraph s1["B"]',
      '    n1[("u")]',
      '  end',
      '  n2(["x"])',
      '  n0 --> n2',
    ]);
    expect(mermaid({ nodes: [nodes[0]], edges: [] })).not.toContain('subgraph');
  });

  test.each([
    ['"quoted"', '#34;quoted#34;'],
    ['`code`', '#96;code#96;'],
    ['<b>', '#60;b#62;'],
    ['a#35;b', 'a#35;35#59;b'],
    ['zwei\nZeilen', 'zwei#10;Zeilen'],
    ['Börse 🎲', 'B#246;rse #127922;'],
    ['Lake/Silver (v2), a-b_c.d', 'Lake/Silver (v2), a-b_c.d'],
  ])('shows %j as it is', (label, written) => {
    expect(mermaid({ nodes: [node('A/t', label)], edges: [] })).toBe(`flowchart LR\n  n0[("${written}")]`);
  });
});
