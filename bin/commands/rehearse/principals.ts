import { randomBytes } from 'crypto';
import type { Credentials } from './aws';

/** An IAM user of the emulated account: the rehearsal's own hands and eyes, no part of what is deployed. */
export interface Principal extends Credentials {
  readonly name: string;
  /** The only policy of the user. */
  readonly policy: object;
  /**
   * Whether it is an administrator of Lake Formation, who sees the definition of every table, and no more.
   * @default false
   */
  readonly isLakeAdministrator?: boolean;
}

/** Who takes part in a rehearsal beside the deployed roles. */
export interface Principals {
  /** Runs `cdk deploy`: may do nothing but assume the roles of the CDK bootstrap. */
  readonly deployer: Principal;
  /** Starts jobs and pipelines, as a schedule or a person would. */
  readonly operator: Principal;
  /** Compares the outcome with what is expected: may only read. */
  readonly auditor: Principal;
}

const OPERATE = [
  'ecs:DescribeTaskDefinition',
  'ecs:DescribeTasks',
  'ecs:RunTask',
  'ecs:StopTask',
  'glue:GetDataQualityRulesetEvaluationRun',
  'glue:GetJob',
  'glue:GetJobRun',
  'glue:StartDataQualityRulesetEvaluationRun',
  'glue:StartJobRun',
  'kinesisanalytics:DescribeApplication',
  'kinesisanalytics:StartApplication',
  'kinesisanalytics:StopApplication',
  'lambda:InvokeFunction',
  'scheduler:GetSchedule',
  'scheduler:ListSchedules',
  'states:DescribeExecution',
  'states:DescribeStateMachine',
  'states:StartExecution',
  'sts:AssumeRole',
];

const READ = [
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricStatistics',
  'glue:GetDatabase',
  'glue:GetTable',
  'glue:GetTables',
  'kms:Decrypt',
  's3:GetObject',
  's3:ListBucket',
];

/** The principals of a rehearsal in an account, each with an access key of its own. */
export function createPrincipals(account: string): Principals {
  return {
    deployer: principal('rehearsal-deployer', ['sts:AssumeRole'], `arn:aws:iam::${account}:role/cdk-*`),
    operator: principal('rehearsal-operator', OPERATE),
    auditor: { ...principal('rehearsal-auditor', READ), isLakeAdministrator: true },
  };
}

/** The owner of the emulated account, who prepares it (`cdk bootstrap`); nothing else of a rehearsal is done by him. */
export function accountOwner(account: string): Credentials {
  return { accessKeyId: account, secretAccessKey: 'rehearsal' };
}

function principal(name: string, actions: readonly string[], resource = '*'): Principal {
  return {
    name,
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString('hex'),
    policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: resource }] },
  };
}
