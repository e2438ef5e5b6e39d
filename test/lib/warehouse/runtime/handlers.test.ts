import { AnsweringAws, type Answers, Refusal } from './answering-aws';

const aws = new AnsweringAws();
type Handler = typeof import('../../../../lib/warehouse/runtime/warehouse-access.handler').handler;
let access: Handler;
let usageLimit: Handler;
let imageBuild: Handler;

beforeAll(async () => {
  await aws.start();
  ({ handler: access } = await import('../../../../lib/warehouse/runtime/warehouse-access.handler'));
  ({ handler: usageLimit } = await import('../../../../lib/warehouse/runtime/redshift-usage-limit.handler'));
  ({ handler: imageBuild } = await import('../../../../lib/warehouse/runtime/image-build.handler'));
});
afterAll(() => aws.stop());

let logged: jest.SpyInstance;
beforeEach(() => (logged = jest.spyOn(console, 'error').mockImplementation(() => undefined)));
afterEach(() => logged.mockRestore());

describe('schemas and logins', () => {
  const PASSWORD = 'correct-horse-battery';
  const DATABASE = { WorkgroupName: 'w', NamespaceName: 'n', DatabaseName: 'analytics' };
  const SCHEMAS = [
    { Name: 'raw_api', Writer: 'loader', Readers: ['transformer'] },
    { Name: 'marts', Writer: 'transformer', Readers: ['reader'] },
  ];
  const LOGIN = { ...DATABASE, Schemas: SCHEMAS, UserName: 'bi_reader', Role: 'reader', PasswordSecretArn: 'arn' };

  /** A warehouse in which statements end well, but those that `problem` says something about. */
  const warehouse = (problem: (sql: string) => string | undefined = () => undefined): Answers => {
    const statements: string[] = [];
    return {
      GetNamespace: () => ({ namespace: { adminPasswordSecretArn: 'admin' } }),
      GetSecretValue: () => ({ SecretString: JSON.stringify({ username: 'bi_reader', password: PASSWORD }) }),
      ExecuteStatement: ({ Sql }) => ({ Id: String(statements.push(String(Sql)) - 1) }),
      DescribeStatement: ({ Id }) => {
        const error = problem(statements[Number(Id)]);
        return { Id, Status: error ? 'FAILED' : 'FINISHED', Error: error };
      },
    };
  };
  const sent = () => aws.asked.filter(({ operation }) => operation === 'ExecuteStatement').map(({ input }) => input);

  test('schemas are made, each role granted what it does there, as the administrator', async () => {
    aws.answers = warehouse();
    const properties = { ...DATABASE, Schemas: SCHEMAS };
    const outcome = await aws.send(access, 'Create', properties, { resourceType: 'Custom::WarehouseSchemas' });
    expect(outcome).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'analytics' });
    expect(new Set(sent().map(({ SecretArn }) => SecretArn))).toEqual(new Set(['admin']));
    const statements = sent().map(({ Sql }) => Sql);
    expect(statements).toContain('GRANT USAGE, CREATE ON SCHEMA "raw_api" TO ROLE "loader"');
    expect(statements).not.toContain('GRANT USAGE ON SCHEMA "raw_api" TO ROLE "reader"');
  });

  test('what exists already is fine; data is never dropped with the resource', async () => {
    aws.answers = warehouse((sql) => (sql.startsWith('CREATE ROLE') ? 'role already exists' : undefined));
    const properties = { ...DATABASE, Schemas: SCHEMAS };
    const schemas = { resourceType: 'Custom::WarehouseSchemas', physicalResourceId: 'analytics' };
    expect(await aws.send(access, 'Update', properties, schemas)).toMatchObject({ Status: 'SUCCESS' });
    expect(await aws.send(access, 'Delete', properties, schemas)).toMatchObject({ Status: 'SUCCESS' });
    expect(sent()).toEqual([]);
  });

  test('a password leaves neither for the warehouse, nor for the log, nor for CloudFormation', async () => {
    aws.answers = warehouse((sql) => (sql.startsWith('ALTER USER') ? 'permission denied' : undefined));
    const outcome = await aws.send(access, 'Create', LOGIN, { resourceType: 'Custom::WarehouseLogin' });
    expect(outcome).toMatchObject({ Status: 'FAILED' });
    expect(outcome.Reason).toContain(`ALTER USER "bi_reader" PASSWORD '...': permission denied`);
    expect(sent()[0].Sql).toMatch(/^CREATE USER "bi_reader" PASSWORD 'sha256\|[0-9a-f]{64}\|[0-9a-f]{32}'$/);
    const told = JSON.stringify([sent(), outcome, logged.mock.calls]);
    expect(told).not.toContain(PASSWORD);
    expect(JSON.stringify([outcome, logged.mock.calls])).not.toContain('sha256');
  });

  test('a secret without a password is refused before any statement', async () => {
    aws.answers = { ...warehouse(), GetSecretValue: () => ({ SecretString: '{}' }) };
    const outcome = await aws.send(access, 'Create', LOGIN, { resourceType: 'Custom::WarehouseLogin' });
    expect(outcome.Reason).toContain("secret arn holds no 'password'; create it again");
    expect(sent()).toEqual([]);
  });

  test('a login that owns tables stays, out of its role', async () => {
    aws.answers = warehouse((sql) => (sql.startsWith('DROP USER') ? 'user cannot be dropped' : undefined));
    const login = { resourceType: 'Custom::WarehouseLogin', physicalResourceId: 'bi_reader' };
    expect(await aws.send(access, 'Delete', LOGIN, login)).toMatchObject({ Status: 'SUCCESS' });
    expect(sent().map(({ Sql }) => Sql)).toContain('REVOKE ROLE "reader" FROM "bi_reader"');
  });

  test('an external schema is made as it is declared now, and goes without the lake losing anything', async () => {
    aws.answers = warehouse();
    const properties = {
      ...DATABASE,
      SchemaName: 'lake',
      CatalogDatabase: "o'silver",
      RoleArn: 'copy',
      Reader: 'transformer',
    };
    const schema = { resourceType: 'Custom::WarehouseExternalSchema', physicalResourceId: 'lake' };
    expect(await aws.send(access, 'Update', properties, schema)).toMatchObject({ PhysicalResourceId: 'lake' });
    const made = [
      'DROP SCHEMA IF EXISTS "lake"',
      `CREATE EXTERNAL SCHEMA "lake" FROM DATA CATALOG DATABASE 'o''silver' IAM_ROLE 'copy'`,
      'GRANT USAGE ON SCHEMA "lake" TO ROLE "transformer"',
    ];
    expect(sent().map(({ Sql }) => Sql)).toEqual(made);
    await aws.send(access, 'Delete', properties, schema);
    expect(sent().map(({ Sql }) => Sql)).toEqual(made.slice(0, 1));
  });
});

describe('the daily usage limit', () => {
  const PROPERTIES = { ResourceArn: 'workgroup', RpuHoursPerDay: '16', BreachAction: 'deactivate' };

  test('is made where there is none', async () => {
    aws.answers = {
      ListUsageLimits: () => ({ usageLimits: [{ usageLimitId: 'weekly', period: 'weekly' }] }),
      CreateUsageLimit: () => ({ usageLimit: { usageLimitId: 'daily' } }),
    };
    expect(await aws.send(usageLimit, 'Create', PROPERTIES)).toMatchObject({ PhysicalResourceId: 'daily' });
    expect(aws.asked.at(-1)?.input).toMatchObject({ amount: 16, breachAction: 'deactivate', period: 'daily' });
  });

  test('is changed where there is one, however it came to be', async () => {
    aws.answers = {
      ListUsageLimits: () => ({ usageLimits: [{ usageLimitId: 'by-hand', period: 'daily' }] }),
      UpdateUsageLimit: () => ({}),
    };
    expect(await aws.send(usageLimit, 'Create', PROPERTIES)).toMatchObject({ PhysicalResourceId: 'by-hand' });
  });

  test('that is gone is fine; one that may not be deleted is not', async () => {
    aws.answers = { DeleteUsageLimit: () => new Refusal('ResourceNotFoundException') };
    expect(await aws.send(usageLimit, 'Delete', PROPERTIES)).toMatchObject({ Status: 'SUCCESS' });
    aws.answers = { DeleteUsageLimit: () => new Refusal('AccessDeniedException') };
    expect(await aws.send(usageLimit, 'Delete', PROPERTIES)).toMatchObject({ Status: 'FAILED' });
  });
});

describe('an image', () => {
  const PROPERTIES = { ImageTag: 'tag', RepositoryName: 'images', ProjectName: 'project' };
  const missing = { DescribeImages: () => new Refusal('ImageNotFoundException') };
  const builds = (...states: object[]): Answers => ({
    ...missing,
    StartBuild: () => ({ build: { id: 'build-1' } }),
    BatchGetBuilds: () => ({ builds: [states.shift()] }),
  });

  test('that is there is not built again', async () => {
    aws.answers = { DescribeImages: () => ({ imageDetails: [{ imageTags: ['tag'] }] }) };
    expect(await aws.send(imageBuild, 'Update', PROPERTIES)).toMatchObject({ PhysicalResourceId: 'images:tag' });
    expect(aws.asked.map(({ operation }) => operation)).toEqual(['DescribeImages']);
  });

  test('that is missing is built, and waited for', async () => {
    aws.answers = builds({ buildStatus: 'IN_PROGRESS' }, { buildStatus: 'SUCCEEDED' });
    expect(await aws.send(imageBuild, 'Create', PROPERTIES)).toMatchObject({ Status: 'SUCCESS' });
    expect(aws.asked.filter(({ operation }) => operation === 'BatchGetBuilds')).toHaveLength(2);
  });

  test('that cannot be built fails with the reason and the log', async () => {
    const phases = [{ phaseStatus: 'FAILED', contexts: [{ message: 'no such base image' }] }];
    aws.answers = builds({ buildStatus: 'FAILED', phases, logs: { deepLink: 'https://log' } });
    const { Status, Reason } = await aws.send(imageBuild, 'Create', PROPERTIES);
    expect([Status, Reason]).toEqual([
      'FAILED',
      'Error: the image was not built: no such base image; see the log of build build-1 (https://log)',
    ]);
  });
});
