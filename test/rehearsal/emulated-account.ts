import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { ListObjectsV2Command, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { callAws, type AwsConnection } from '../../bin/commands/rehearse/aws';
import { AssemblyStack, Cdk } from '../../bin/commands/rehearse/cdk';
import { announceEngines, Emulator, startEmulator } from '../../bin/commands/rehearse/engines/emulator';
import type { EngineEndpoints } from '../../bin/commands/rehearse/engines/endpoints';
import { Kafka, startKafka } from '../../bin/commands/rehearse/engines/kafka';
import { EditableTemplate, editedAssembly } from '../../bin/commands/rehearse/faults/edited-assembly';
import { produce } from '../../bin/commands/rehearse/engines/producer';
import { Supervisor } from '../../bin/commands/rehearse/engines/supervisor';
import { accountOwner } from '../../bin/commands/rehearse/principals';
import { prepareToolchain, Toolchain } from '../../bin/commands/rehearse/toolchain/toolchain';

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';

export type Outputs = { readonly [name: string]: string };

/** The rehearsal's own engines, started once, for as many deployments as a test needs. */
export class EmulatedAccount {
  readonly glue: GlueClient;
  private readonly signal = new AbortController().signal;
  private readonly cloudFormation: CloudFormationClient;
  readonly s3: S3Client;
  private deployments = 0;

  private constructor(
    readonly folder: string,
    readonly toolchain: Toolchain,
    private readonly supervisor: Supervisor,
    readonly kafka: Kafka,
    readonly emulator: Emulator,
  ) {
    const { accessKeyId, secretAccessKey } = accountOwner(ACCOUNT);
    const settings = {
      endpoint: emulator.endpoint,
      region: REGION,
      credentials: { accessKeyId, secretAccessKey },
    };
    this.glue = new GlueClient(settings);
    this.cloudFormation = new CloudFormationClient(settings);
    this.s3 = new S3Client({ ...settings, forcePathStyle: true });
  }

  /**
   * @param project the folder of the CDK app
   * @param further starts what the app's stacks stand on besides Kafka, in a folder of its own
   */
  static async start(
    project: string,
    further: (supervisor: Supervisor, toolchain: Toolchain, folder: string) => Promise<EngineEndpoints> = () =>
      Promise.resolve({}),
  ): Promise<EmulatedAccount> {
    const folder = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
    const toolchain = await prepareToolchain({ onProgress: () => undefined });
    const supervisor = new Supervisor(toolchain.python);
    try {
      const kafka = await startKafka(supervisor, toolchain, join(folder, 'kafka'));
      const emulator = await startEmulator(supervisor, toolchain, {
        account: ACCOUNT,
        region: REGION,
        folder: join(folder, 'aws'),
        nodePath: [],
      });
      const others = await further(supervisor, toolchain, join(folder, 'engines'));
      announceEngines(emulator, { kafka: kafka.bootstrapServers, ...others });
      const account = new EmulatedAccount(folder, toolchain, supervisor, kafka, emulator);
      await account.cdk(project).bootstrap({ ...emulator, credentials: accountOwner(ACCOUNT) });
      return account;
    } catch (error) {
      await supervisor.stopAll();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.supervisor.stopAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get operator(): AwsConnection {
    return { ...this.emulator, credentials: this.emulator.principals.operator };
  }

  /**
   * Synthesizes and deploys the stack of a project with the real CDK CLI.
   *
   * @param edit a change of the synthesized template
   * @throws UserError with CloudFormation's reasons
   */
  async deploy(project: string, stackName: string, edit?: (template: EditableTemplate) => void): Promise<Outputs> {
    const { cdk, stack } = await this.synth(project, stackName);
    const assembly = edit && editedAssembly(cdk.assembly, stackName, `${cdk.assembly}.edited`, edit);
    return cdk.deploy(this.deployer, stack, assembly);
  }

  /**
   * Destroys the stack of a project with the real CDK CLI.
   *
   * @throws UserError with CloudFormation's reasons
   */
  async destroy(project: string, stackName: string): Promise<void> {
    const { cdk, stack } = await this.synth(project, stackName);
    await cdk.destroy(this.deployer, stack);
  }

  /** Takes the protection from a stack, as its owner has to before he can delete it. */
  async unprotect(stackName: string): Promise<void> {
    await this.cloudFormation.send(
      new UpdateTerminationProtectionCommand({ StackName: stackName, EnableTerminationProtection: false }),
    );
  }

  /** Sends a file of messages to a topic. */
  async send(file: string, topic: string): Promise<void> {
    const { python } = this.toolchain;
    const bootstrapServers = this.kafka.bootstrapServers;
    await produce({ python, bootstrapServers, topic, file, signal: this.signal, onRows: () => undefined });
  }

  /** Every resource of a stack. */
  async resources(
    stackName: string,
  ): Promise<{ readonly logicalId: string; readonly type: string; readonly physicalId: string }[]> {
    const found = [];
    let NextToken: string | undefined;
    do {
      const page = await this.cloudFormation.send(new ListStackResourcesCommand({ StackName: stackName, NextToken }));
      for (const {
        LogicalResourceId = '',
        ResourceType = '',
        PhysicalResourceId = '',
      } of page.StackResourceSummaries ?? []) {
        found.push({ logicalId: LogicalResourceId, type: ResourceType, physicalId: PhysicalResourceId });
      }
      ({ NextToken } = page);
    } while (NextToken);
    return found;
  }

  async outputs(stackName: string): Promise<Outputs> {
    const { Stacks } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  }

  async stackStatus(stackName: string): Promise<string | undefined> {
    const { Stacks } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    return Stacks?.[0]?.StackStatus;
  }

  /** What a stack deployed: names or ARNs by logical id. */
  async physicalIds(stackName: string): Promise<{ readonly [logicalId: string]: string }> {
    const { StackResources } = await this.cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: stackName }),
    );
    const ids = (StackResources ?? []).map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]);
    return Object.fromEntries(ids) as { readonly [logicalId: string]: string };
  }

  /** The types of the resources that failed in a stack, and why; the latest first. */
  async failures(stackName: string): Promise<{ readonly type: string; readonly reason: string }[]> {
    const { StackEvents } = await this.cloudFormation.send(new DescribeStackEventsCommand({ StackName: stackName }));
    return (StackEvents ?? [])
      .filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'))
      .map(({ ResourceType, ResourceStatusReason }) => ({
        type: ResourceType ?? '',
        reason: ResourceStatusReason ?? '',
      }));
  }

  /** Where the current metadata of a table is. */
  async metadataLocation(table: string): Promise<string | undefined> {
    const [DatabaseName, Name] = table.split('.');
    const { Table } = await this.glue.send(new GetTableCommand({ DatabaseName, Name }));
    return Table?.Parameters?.metadata_location;
  }

  /** Names of the objects in a bucket below a prefix. */
  async objects(bucket: string, prefix: string): Promise<string[]> {
    const { Contents } = await this.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    return (Contents ?? []).map(({ Key }) => Key ?? '');
  }

  /** Every version of every object in a bucket, with the digest of its content. */
  async versions(bucket: string): Promise<string[]> {
    const { Versions, IsTruncated } = await this.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    if (IsTruncated) throw new Error(`${bucket} has more versions than one listing tells`);
    return (Versions ?? []).map(({ Key, VersionId, ETag }) => `${Key} ${VersionId} ${ETag}`).sort();
  }

  /** Asks Athena, which is DuckDB here; values as text. */
  async athena(query: string): Promise<string[][]> {
    const owner: AwsConnection = { ...this.emulator, credentials: accountOwner(ACCOUNT) };
    const ask = <T>(action: string, input: object) => callAws<T>(owner, 'athena', `AmazonAthena.${action}`, input);
    const { QueryExecutionId } = await ask<{ QueryExecutionId: string }>('StartQueryExecution', {
      QueryString: query,
      ResultConfiguration: { OutputLocation: 's3://cdk-hnb659fds-assets-111122223333-us-east-1/athena/' },
    });
    for (;;) {
      const { QueryExecution } = await ask<{
        QueryExecution: { Status: { State: string; StateChangeReason?: string } };
      }>('GetQueryExecution', { QueryExecutionId });
      const { State, StateChangeReason } = QueryExecution.Status;
      if (State === 'SUCCEEDED') break;
      if (State !== 'QUEUED' && State !== 'RUNNING') throw new Error(`${StateChangeReason} (${query})`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { ResultSet } = await ask<{ ResultSet: { Rows: { Data: { VarCharValue?: string }[] }[] } }>(
      'GetQueryResults',
      { QueryExecutionId },
    );
    return ResultSet.Rows.slice(1).map(({ Data }) => Data.map(({ VarCharValue }) => VarCharValue ?? ''));
  }

  private get deployer(): AwsConnection {
    return { ...this.emulator, credentials: this.emulator.principals.deployer };
  }

  private async synth(project: string, stackName: string): Promise<{ cdk: Cdk; stack: AssemblyStack }> {
    const cdk = this.cdk(project);
    const stacks = await cdk.synth(ACCOUNT, REGION);
    const stack = stacks.find((each) => each.stackName === stackName);
    if (stack === undefined) throw new Error(`no stack ${stackName}`);
    return { cdk, stack };
  }

  private cdk(project: string): Cdk {
    return new Cdk({ project, folder: join(this.folder, `cdk-${++this.deployments}`), signal: this.signal });
  }
}
