import { type App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import {
  IngestionMode,
  MedallionLayer,
  SqlJob,
  type SqlJobProps,
  StartingOffsets,
  StreamToBronzeJob,
  type StreamToBronzeJobProps,
} from '../../../lib/lakehouse';
import {
  type Json,
  byDay,
  FakeTopic,
  file,
  flat,
  newLake,
  newStack,
  only,
  rawSchema,
  statements,
  template,
  tradeSchema,
} from './fixture';

const firstSql = file('1.sql', 'SELECT 1;\n');
const secondSql = file('2.sql', 'SELECT 2;\n');

function flatArguments(stack: Stack): Record<string, string> {
  const all: Record<string, Json> = only(stack, 'AWS::Glue::Job').Properties.DefaultArguments;
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, flat(value)]));
}

describe('stream to bronze', () => {
  function ingest(props: Partial<StreamToBronzeJobProps> = {}, stack = newStack()): Stack {
    const lake = newLake(stack, 'Lake', { databasePrefix: '' });
    const table = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
    new StreamToBronzeJob(stack, 'Ingestion', { lake, table, topic: new FakeTopic(stack, 'Topic'), ...props });
    return stack;
  }

  test('tells the runner brokers, topic, table and where it stands', () => {
    expect(flatArguments(ingest())).toMatchObject({
      '--bootstrap_servers': 'b-1:9098,b-2:9098',
      '--topic': 'trades',
      '--table': expect.stringMatching(/^<LakeBronze[0-9A-F]+>\.trades$/),
      '--checkpoint': expect.stringMatching(/^s3:\/\/<LakeData\w+>\/checkpoints\/\w{42}$/),
      '--trigger': 'available_now',
      '--starting_offsets': 'earliest',
    });
  });

  test('catches up every 15 minutes unless it is said otherwise', () => {
    const stack = ingest();
    const { Command, Timeout } = only(stack, 'AWS::Glue::Job').Properties;
    expect({ name: Command.Name, minutes: Timeout }).toEqual({ name: 'gluestreaming', minutes: 60 });
    expect(only(stack, 'AWS::Scheduler::Schedule').Properties.ScheduleExpression).toBe('rate(15 minutes)');
  });

  test('catches up at another interval', () => {
    const stack = ingest({ ingestion: IngestionMode.every(Duration.hours(1)) });
    expect(only(stack, 'AWS::Scheduler::Schedule').Properties.ScheduleExpression).toBe('rate(60 minutes)');
  });

  test('runs always, and is started again when it has ended', () => {
    const stack = ingest({ ingestion: IngestionMode.continuous(Duration.seconds(90)) });
    const { Command, Timeout } = only(stack, 'AWS::Glue::Job').Properties;
    expect({ name: Command.Name, minutes: Timeout }).toEqual({ name: 'gluestreaming', minutes: undefined });
    expect(flatArguments(stack)).toMatchObject({ '--trigger': 'continuous', '--trigger_interval': '90 seconds' });
    expect(only(stack, 'AWS::Scheduler::Schedule').Properties.ScheduleExpression).toBe('rate(5 minutes)');
  });

  test('runs only when somebody starts it', () => {
    template(ingest({ ingestion: IngestionMode.onDemand() })).resourceCountIs('AWS::Scheduler::Schedule', 0);
  });

  test('never runs twice at a time', () => {
    expect(only(ingest(), 'AWS::Glue::Job').Properties.ExecutionProperty).toEqual({ MaxConcurrentRuns: 1 });
    expect(() => ingest({ maxConcurrentRuns: 2 })).toThrow('would share one checkpoint');
  });

  test('begins where it is told, with a checkpoint where it is told', () => {
    const args = flatArguments(ingest({ startingOffsets: StartingOffsets.LATEST, checkpointPrefix: 'here/it/is' }));
    expect(args['--starting_offsets']).toBe('latest');
    expect(args['--checkpoint']).toMatch(/\/here\/it\/is$/);
  });

  test('gives Kafka properties as Spark settings, and those with a blank as an argument', () => {
    const args = flatArguments(ingest());
    expect(args['--conf']).toContain(' --conf spark.datapatterns.kafka.security.protocol=SASL_SSL');
    expect(args['--conf']).toContain(' --conf spark.datapatterns.kafka.sasl.mechanism=AWS_MSK_IAM');
    expect(args['--conf']).not.toContain('jaas');
    expect(JSON.parse(args['--kafka_properties'])).toEqual({
      'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
    });
  });

  test('may read the topic in the groups that Spark makes up', () => {
    const kafka = statements(ingest()).find(({ Action }) => Action === 'kafka-cluster:ReadData');
    expect(kafka.Resource).toContain('arn:aws:kafka:eu-central-1:111122223333:group/c/1/spark-kafka-*');
  });

  test('may write its table and its checkpoint, and nothing else in the bucket', () => {
    const puts = statements(ingest()).filter(({ Action }) => [Action].flat().includes('s3:PutObject'));
    const folders = puts.map(({ Resource }) => flat(Resource).replace(/^.*>\//, ''));
    expect(folders.sort()).toEqual([
      expect.stringMatching(/^bronze\/trades\/\*$/),
      expect.stringMatching(/^checkpoints\/\w{42}\/\*$/),
    ]);
  });

  test('may look at the folders above its checkpoint, as S3A does before it makes one', () => {
    const all = statements(ingest({ checkpointPrefix: 'here/it' }));
    const gets = all.filter(({ Action }) => Action === 's3:GetObject').flatMap(({ Resource }) => [Resource].flat());
    expect(gets.map((arn) => flat(arn).replace(/^.*>\//, ''))).toEqual(expect.arrayContaining(['here', 'here/it']));
    const prefixes = all.filter(({ Action }) => Action === 's3:ListBucket').map(({ Condition }) => Condition);
    expect(prefixes).toContainEqual({ StringEquals: { 's3:prefix': ['here/', 'here/it/'] } });
  });

  test('stands in the network of the topic, and the brokers let it in', () => {
    const stack = newStack();
    const profile = DeploymentProfile.SANDBOX;
    const network = new DataNetwork(stack, 'Network', { profile, key: new DataKey(stack, 'NetworkKey', { profile }) });
    ingest({ topic: new FakeTopic(stack, 'Inside', network) }, stack);
    template(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: 9098, ToPort: 9098 });
    template(stack).resourceCountIs('AWS::Glue::Connection', 1);
  });
});

describe('sql job', () => {
  function run(props: Partial<SqlJobProps> = {}, stack = newStack()): Stack {
    const lake = newLake(stack, 'Lake', { databasePrefix: '' });
    new SqlJob(stack, 'Silver', { lake, sqlFiles: [firstSql, secondSql], ...props });
    return stack;
  }

  /** The asset that an argument names, as the cloud assembly has it. */
  function assetText(stack: Stack, uri: string): string {
    const name = uri.split('/').at(-1)!;
    const outdir: string = (stack.node.root as App).synth().directory;
    const staged = readdirSync(outdir).find((each) => each === `asset.${name}`);
    return readFileSync(join(outdir, staged!), 'utf8');
  }

  test('runs the files in the given order', () => {
    const stack = run();
    const uris = flatArguments(stack)['--sql'].split(',');
    expect(uris).toHaveLength(2);
    expect(uris.map((uri) => assetText(stack, uri))).toEqual(['SELECT 1;\n', 'SELECT 2;\n']);
  });

  test('knows the three databases and the variables of the user', () => {
    const args = flatArguments(run({ variables: { max_share: '0.1' } }));
    expect(JSON.parse(args['--variables'])).toEqual({
      bronze: expect.stringMatching(/^<LakeBronze/),
      silver: expect.stringMatching(/^<LakeSilver/),
      gold: expect.stringMatching(/^<LakeGold/),
      max_share: '0.1',
    });
  });

  test('refuses a variable that hides a database, and one that is no name', () => {
    expect(() => run({ variables: { gold: 'x' } })).toThrow("'${gold}' is the gold database of the lake already");
    expect(() => run({ variables: { 'a-b': 'x' } })).toThrow("'${a-b}' cannot be a variable");
  });

  test('refuses to run nothing, or a file that is not there', () => {
    expect(() => run({ sqlFiles: [] })).toThrow('Stack/Silver: no SQL files; name at least one.');
    expect(() => run({ sqlFiles: ['no/such.sql'] })).toThrow("SQL file 'no/such.sql' is not a file");
  });

  test('tells the runner how payloads become records, in the same bytes every time', () => {
    const text = () => {
      const stack = run({ record: tradeSchema });
      const uri = flatArguments(stack)['--record'];
      return { uri, text: assetText(stack, uri) };
    };
    const first = text();
    expect(JSON.parse(first.text)).toEqual(tradeSchema.toConformSpec());
    expect(text()).toEqual(first);
  });

  test('ships the modules of the runner under their own names', () => {
    const stack = run();
    const zip = flatArguments(stack)['--extra-py-files'];
    const outdir: string = (stack.node.root as App).synth().directory;
    const folder = join(outdir, `asset.${zip.split('/').at(-1)!.replace('.zip', '')}`);
    expect(existsSync(join(folder, 'conform.py'))).toBe(true);
    expect(readdirSync(folder).filter((name) => !name.endsWith('.py'))).toEqual([]);
  });

  test('may read what it reads and write what it writes', () => {
    const stack = newStack();
    const lake = newLake(stack, 'Lake', { databasePrefix: '' });
    const table = { tableName: 'trades', guarded: false };
    const bronze = lake.addTable(MedallionLayer.BRONZE, { ...table, schema: rawSchema });
    const schema = tradeSchema.conformed();
    const silver = lake.addTable(MedallionLayer.SILVER, { ...table, schema, partitionedBy: byDay });
    new SqlJob(stack, 'Silver', { lake, sqlFiles: [firstSql], reads: [bronze], writes: [silver] });
    const folders = (action: string) =>
      statements(stack)
        .filter(({ Action }) => [Action].flat().includes(action))
        .flatMap(({ Resource }) => [Resource].flat().map(flat))
        .filter((arn) => arn.includes('/trades/'))
        .map((arn) => arn.replace(/^.*>\//, ''));
    expect(folders('s3:GetObject')).toEqual(['bronze/trades/*', 'silver/trades/*']);
    expect(folders('s3:PutObject')).toEqual(['silver/trades/*']);
  });

  test('takes tokens as variables', () => {
    const stack = newStack();
    run({ variables: { limit: new CfnParameter(stack, 'Limit').valueAsString } }, stack);
    expect(flatArguments(stack)['--variables']).toContain('"limit":"<Limit>"');
  });
});
