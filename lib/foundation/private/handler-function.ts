import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { IDataKey } from '../data-key';
import { DeploymentProfile } from '../deployment-profile';
import { acknowledge, acknowledgeInlinePolicy } from './acknowledge';
import { folderWithFiles } from './assets';
import { grantNetworkInterfaces } from './network-interfaces';
import { handlerFolder } from './package-assets';

/** A network to run in; every `IDataNetwork` is one. */
interface FunctionNetwork {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.ISubnet[];
}

export interface HandlerFunctionProps {
  /** Name of the handler: `lib/<folder>/runtime/<name>.handler.ts`. Or else `image`. */
  readonly handler?: string;
  /** An image with a Lambda runtime in it, for x86-64, instead of a handler. */
  readonly image?: lambda.EcrImageCode;
  /** Texts that lie beside the handler's code, by the names of their files. */
  readonly files?: { readonly [name: string]: string };
  /** What it does, as the Lambda console shows it. */
  readonly description: string;
  readonly profile: DeploymentProfile;
  /** Encrypts the log group. */
  readonly key: IDataKey;
  readonly timeout: Duration;
  /**
   * In MiB; Lambda gives the processor in proportion.
   * @default 256
   */
  readonly memorySize?: number;
  /** Where it runs when it has to reach something in a network. */
  readonly network?: FunctionNetwork;
  /** Its environment. */
  readonly environment?: { [name: string]: string };
  /** How many may run at a time, taken from what the account has. */
  readonly reservedConcurrency?: number;
  /** Who calls it; a deployment when left out. */
  readonly caller?: Caller;
}

/** Who calls a function, and what becomes of a call that fails. */
export interface Caller {
  /** Why there is no dead-letter queue. */
  readonly withoutQueue: string;
  /** Why no concurrency is reserved, where none is. */
  readonly withoutConcurrency: string;
}

const DEPLOYMENT: Caller = {
  withoutQueue:
    'CloudFormation waits for the answer and rolls back without one; nobody would ever answer from a queue.',
  withoutConcurrency:
    'Runs once a deployment; reserved concurrency would be taken from the account, of whose ten a new one can spare none.',
};

/**
 * A Lambda function that ships in this package or is built from it, with a log group and a role of its own that may write to that log
 * group and, in a network, manage its network interfaces; everything else is granted by its user.
 */
export class HandlerFunction extends Construct implements iam.IGrantable, ec2.IConnectable {
  readonly function: lambda.Function;
  readonly grantPrincipal: iam.IPrincipal;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    props.key.allowLogGroups();
    const logGroup = new logs.LogGroup(this, 'Logs', {
      encryptionKey: props.key.key,
      retention: props.profile.logRetention,
      removalPolicy: props.profile.removalPolicy,
    });
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    acknowledgeInlinePolicy(role);
    const securityGroups = props.network ? [this.joinNetwork(role, props.network)] : undefined;
    logGroup.grants.write(role);

    this.function = new lambda.Function(this, 'Resource', {
      description: props.description,
      ...codeOf(this, props),
      timeout: props.timeout,
      memorySize: props.memorySize ?? 256,
      environment: props.environment,
      // Lambda encrypts the environment at rest with a key of its own otherwise.
      environmentEncryption: props.environment && props.key.key,
      reservedConcurrentExecutions: props.reservedConcurrency,
      role,
      logGroup,
      vpc: props.network?.vpc,
      vpcSubnets: props.network && { subnets: props.network.subnets },
      securityGroups,
    });
    acknowledgeFunctionFindings(this.function, props);
    this.grantPrincipal = role;
    this.connections = new ec2.Connections({ securityGroups });
  }

  /** Lets the grantee call it. Lambda's own grant allows every version and alias, too. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.function.functionArn],
    });
  }

  private joinNetwork(role: iam.Role, network: FunctionNetwork): ec2.SecurityGroup {
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'A function of cdk-data-patterns',
      allowAllOutbound: false,
    });
    // Answers to CloudFormation go to S3, through the gateway endpoint.
    securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'HTTPS');
    // The managed policy AWSLambdaVPCAccessExecutionRole allows all of it everywhere.
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    grantNetworkInterfaces(role, {
      subnets: network.subnets,
      securityGroup,
      actions: ['ec2:AssignPrivateIpAddresses', 'ec2:DeleteNetworkInterface', 'ec2:UnassignPrivateIpAddresses'],
      descriptions: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
    });
    return securityGroup;
  }
}

function codeOf(scope: Construct, { handler, image, files }: HandlerFunctionProps) {
  if (image) {
    const { FROM_IMAGE } = lambda.Runtime;
    return {
      runtime: FROM_IMAGE,
      architecture: lambda.Architecture.X86_64,
      handler: lambda.Handler.FROM_IMAGE,
      code: image,
    };
  }
  const folder = handlerFolder(String(handler));
  return {
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: files ? codeWithFiles(scope, folder, files) : lambda.Code.fromAsset(folder),
  };
}

function codeWithFiles(scope: Construct, folder: string, files: { readonly [name: string]: string }): lambda.AssetCode {
  const { path, assetHash } = folderWithFiles(scope, `${folder}/index.js`, files);
  return lambda.Code.fromAsset(path, { assetHash });
}

function acknowledgeFunctionFindings(handler: lambda.Function, props: HandlerFunctionProps): void {
  const { withoutQueue, withoutConcurrency } = props.caller ?? DEPLOYMENT;
  acknowledge(handler, ['NIST.800.53.R5-LambdaDLQ', 'CKV_AWS_116'], withoutQueue);
  if (props.reservedConcurrency === undefined) {
    acknowledge(handler, ['NIST.800.53.R5-LambdaConcurrency', 'CKV_AWS_115'], withoutConcurrency);
  }
  if (props.network) return;
  acknowledge(
    handler,
    ['NIST.800.53.R5-LambdaInsideVPC', 'CKV_AWS_117'],
    'Calls AWS APIs alone, under its role; in a network it would need an endpoint for each and reach more than it does.',
  );
}
