import { Duration, Size, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { HandlerFunction } from '../../foundation/private/handler-function';
import { type DltSyncProps, SyncCompute, SyncConnector } from '../ingestion-props';
import { FargateTask } from './fargate-task';
import { type Loader, Loading } from './loading';
import { requireClients } from './require-clients';
import type { SyncParts } from './sync-parts';

const COMMAND = ['python', '-m', 'warehouse_tasks.ingest'];
const HTTPS = 443;
// Lambda's own bound. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-28)
const LONGEST_FUNCTION = Duration.minutes(15);

/** A sync that runs dlt in a task of our own. */
export function createDltSync(sync: Construct, props: DltSyncProps, dataset: string): SyncParts {
  validate(sync, props);
  requireClients(sync, props.warehouse, props.platform.engine);
  const { platform, warehouse, sourceName } = props;
  const loading = new Loading(platform, warehouse, sourceName);
  const environment = {
    ...loading.environment,
    SYNC: JSON.stringify({ ...props.configuration, name: sourceName, connector: props.connector.name, dataset }),
    ...(props.secret ? { SOURCE_SECRET_ARN: props.secret.secretArn } : {}),
  };
  const parts = createTask(sync, props, environment);
  const loader = parts as Loader;
  const { connections } = loader;
  loading.grantStaging(loader);
  props.secret?.grantRead(loader.role);
  loading.grantLoad(loader);
  if (props.connector.port !== undefined && props.connector.port !== HTTPS) {
    connections.allowTo(ec2.Peer.anyIpv4(), ec2.Port.tcp(props.connector.port), `Reads ${sourceName}`);
  }
  return parts;
}

function createTask(sync: Construct, props: DltSyncProps, environment: { [name: string]: string }): SyncParts {
  if (props.compute === SyncCompute.LAMBDA) return createFunction(sync, props, environment);

  const task = new FargateTask(sync, 'Task', {
    platform: props.platform,
    command: COMMAND,
    environment,
    size: { cpu: props.cpu ?? 1024, memoryMiB: (props.memory ?? Size.gibibytes(2)).toMebibytes() },
    timeout: props.timeout ?? Duration.hours(1),
  });
  return {
    role: task.role,
    connections: task.connections,
    taskDefinitionArn: task.taskDefinitionArn,
    run: { state: (scope, id) => task.runState(scope, id), grant: (grantee) => task.grantRun(grantee) },
  };
}

function createFunction(sync: Construct, props: DltSyncProps, environment: { [name: string]: string }): SyncParts {
  const { platform } = props;
  const timeout = props.timeout ?? LONGEST_FUNCTION;

  const loader = new HandlerFunction(sync, 'Function', {
    image: lambda.Code.fromEcrImage(platform._image.repository, {
      tagOrDigest: platform._image.imageTag,
      entrypoint: ['python', '-m', 'awslambdaric'],
      cmd: ['warehouse_tasks.ingest.handler'],
    }),
    description: `Loads ${props.sourceName}`,
    profile: platform.profile,
    key: platform.key,
    timeout,
    memorySize: (props.memory ?? Size.gibibytes(2)).toMebibytes(),
    network: platform.network,
    environment: { ...environment, HOME: '/tmp' },
    caller: {
      withoutQueue: 'The state machine that calls it waits for the answer and fails without one.',
      withoutConcurrency: 'A run at a time: the state machine starts no second one while the first is at work.',
    },
  });
  loader.function.node.addDependency(platform._image);
  return {
    role: loader.function.role,
    connections: loader.connections,
    run: {
      state: (scope, id) => invocation(scope, id, loader.function, timeout),
      grant: (grantee) => loader.grantInvoke(grantee),
    },
  };
}

function invocation(scope: Construct, id: string, loader: lambda.IFunction, timeout: Duration): sfn.CustomState {
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- a state of its caller
  return new sfn.CustomState(scope, id, {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Stack.of(scope).partition}:states:::lambda:invoke`,
      Parameters: { FunctionName: loader.functionArn, Payload: {} },
      ResultPath: sfn.JsonPath.DISCARD,
      TimeoutSeconds: timeout.plus(Duration.minutes(1)).toSeconds(),
    },
  });
}

function validate(sync: Construct, props: DltSyncProps): void {
  const { compute, timeout, connector, configuration } = props;
  if (compute === SyncCompute.LAMBDA && timeout && timeout.toSeconds() > LONGEST_FUNCTION.toSeconds()) {
    throw new Error(
      `${sync.node.path}: timeout is ${timeout.toHumanString()}, and Lambda has 15 minutes; use SyncCompute.FARGATE.`,
    );
  }
  const section = SECTIONS[connector.name];
  if (!Token.isUnresolved(configuration) && configuration[section] === undefined) {
    throw new Error(
      `${sync.node.path}: the configuration of ${props.sourceName} lacks '${section}', which the connector ` +
        `'${connector.name}' reads; add it.`,
    );
  }
  if (connector === SyncConnector.AIRBYTE) requireConnector(sync, props);
  if (!configuration || props.secret) return;
  const reference = /\{secret:([^}]+)\}/.exec(JSON.stringify(configuration));
  if (reference) {
    throw new Error(`${sync.node.path}: the configuration names ${reference[0]}, but there is no 'secret'; give one.`);
  }
}

/** A connector is a process of its own that starts slowly and has packages of its own: the image has to carry it. */
function requireConnector(sync: Construct, { platform, compute, configuration }: DltSyncProps): void {
  if (compute === SyncCompute.LAMBDA) {
    throw new Error(`${sync.node.path}: a connector of Airbyte runs on Fargate alone; use SyncCompute.FARGATE.`);
  }
  const { connector } = configuration.airbyte as { connector?: string };
  if (connector !== undefined && platform.airbyteConnectors.includes(connector)) return;
  throw new Error(
    `${sync.node.path}: the image of the tasks does not carry the connector '${connector}'; name it in the platform's ` +
      `'airbyteConnectors'.`,
  );
}

/** The part of the configuration that each connector reads. */
const SECTIONS: { readonly [connector: string]: string } = {
  http: 'rest_api',
  postgres: 'sql_database',
  airbyte: 'airbyte',
};
