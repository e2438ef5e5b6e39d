import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** What an engine of ingestion gives to the sync that it stands behind. */
export interface SyncParts {
  /** Absent when the engine runs by itself and nobody starts it. */
  readonly run?: SyncRun;
  readonly role?: iam.IRole;
  readonly connections?: ec2.Connections;
  readonly taskDefinitionArn?: string;
}

/** One run of a sync as a step of a state machine. */
export interface SyncRun {
  readonly state: (scope: Construct, id: string) => sfn.CustomState;
  readonly grant: (grantee: iam.IGrantable) => iam.Grant;
}

/** Names of sources become names of schemas and of states. */
export const SOURCE_NAME = /^[a-z][a-z0-9_]{0,50}$/;
