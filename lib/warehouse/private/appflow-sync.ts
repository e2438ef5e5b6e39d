import { ArnFormat, Duration, Names, Stack, Token } from 'aws-cdk-lib';
import * as appflow from 'aws-cdk-lib/aws-appflow';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../../foundation/private/acknowledge';
import { type BucketPrefix, grantPrefixRead } from '../../foundation/private/prefix-access';
import { WarehouseEngine } from '../../ports';
import type { AppFlowSyncProps } from '../native-sync-props';
import type { SyncParts } from './sync-parts';

const NAME = /^[A-Za-z0-9][\w!@#.-]{0,255}$/;
const FIELD = /^[A-Za-z_]\w*$/;

/** A flow of Amazon AppFlow, which runs on a schedule of its own and loads Redshift through S3. */
export function createAppFlowSync(sync: Construct, props: AppFlowSyncProps, dataset: string): SyncParts {
  validate(sync, props);
  const { platform, connector, warehouse, object, fields } = props;
  const staging = platform._files(`staging/${props.sourceName}`, 'files that AppFlow stages');
  const stagers = letStage(sync, staging);
  const loader = createLoader(sync, props);
  const copyRole = warehouse.copyRole;
  // Validated: Redshift has one.
  if (copyRole) grantPrefixRead(copyRole, staging);

  const profile = new appflow.CfnConnectorProfile(sync, 'Warehouse', {
    connectorProfileName: Names.uniqueResourceName(sync, { maxLength: 100, separator: '-' }),
    connectorType: 'Redshift',
    connectionMode: 'Public',
    kmsArn: platform.key.key.keyArn,
    connectorProfileConfig: {
      connectorProfileProperties: {
        redshift: {
          isRedshiftServerless: true,
          workgroupName: warehouse.clientEnvironment.WAREHOUSE_WORKGROUP,
          databaseName: warehouse.databaseName,
          bucketName: staging.bucket.bucketName,
          bucketPrefix: staging.prefix,
          roleArn: copyRole?.roleArn ?? '',
          dataApiRoleArn: loader.roleArn,
        },
      },
    },
  });
  profile.node.addDependency(loader, ...stagers);
  const flow = new appflow.CfnFlow(sync, 'Resource', {
    flowName: Names.uniqueResourceName(sync, { maxLength: 200, separator: '-' }),
    description: `Loads ${props.sourceName} by Amazon AppFlow`,
    flowStatus: 'Active',
    kmsArn: platform.key.key.keyArn,
    sourceFlowConfig: {
      connectorType: connector.connectorType,
      connectorProfileName: props.connectorProfileName,
      sourceConnectorProperties: { [connector.settings]: { object } },
      incrementalPullConfig: props.changedField ? { datetimeTypeFieldName: props.changedField } : undefined,
    },
    destinationFlowConfigList: [
      {
        connectorType: 'Redshift',
        connectorProfileName: profile.connectorProfileName,
        destinationConnectorProperties: {
          redshift: {
            object: `${dataset}.${props.table ?? object.toLowerCase()}`,
            intermediateBucketName: staging.bucket.bucketName,
            bucketPrefix: staging.prefix,
            errorHandlingConfig: { failOnFirstError: true },
          },
        },
      },
    ],
    tasks: [
      {
        taskType: 'Filter',
        sourceFields: [...fields],
        connectorOperator: { [connector.settings]: 'PROJECTION' },
      },
      ...fields.map((field) => ({
        taskType: 'Map',
        sourceFields: [field],
        destinationField: field.toLowerCase(),
        connectorOperator: { [connector.settings]: 'NO_OP' },
      })),
    ],
    triggerConfig: {
      triggerType: 'Scheduled',
      triggerProperties: {
        dataPullMode: props.changedField ? 'Incremental' : 'Complete',
        scheduleExpression: `rate(${(props.every ?? Duration.hours(1)).toMinutes()}minutes)`,
      },
    },
  });
  flow.addDependency(profile);
  return { role: loader };
}

/**
 * Lets AppFlow itself write what it stages.
 *
 * @see https://docs.aws.amazon.com/appflow/latest/userguide/s3-policies-management.html (not read)
 */
function letStage(sync: Construct, { bucket, key, prefix }: BucketPrefix): Construct[] {
  const service = new iam.ServicePrincipal('appflow.amazonaws.com');
  const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(sync).account } };
  const added = [
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [service],
        actions: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObjectAcl'],
        resources: [bucket.arnForObjects(`${prefix}/*`)],
        conditions,
      }),
    ),
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [service],
        actions: ['s3:ListBucketMultipartUploads', 's3:GetBucketAcl'],
        resources: [bucket.bucketArn],
        conditions,
      }),
    ),
  ];
  key?.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [service],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions,
    }),
  );
  return added.flatMap(({ policyDependable }) => (policyDependable ? [policyDependable as Construct] : []));
}

/** As which AppFlow logs in: a loader, by the Data API. */
function createLoader(sync: Construct, { warehouse }: AppFlowSyncProps): iam.Role {
  const stack = Stack.of(sync);
  const role = new iam.Role(sync, 'Loader', {
    description: 'Loads a warehouse on behalf of Amazon AppFlow',
    assumedBy: new iam.ServicePrincipal('appflow.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  });
  acknowledgeInlinePolicy(role);
  warehouse.grantLoad(role);
  const workgroups = stack.formatArn({
    service: 'redshift-serverless',
    resource: 'workgroup',
    resourceName: '*',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  role.addToPolicy(new iam.PolicyStatement({ actions: ['redshift-data:ExecuteStatement'], resources: [workgroups] }));
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'],
      resources: ['*'],
      conditions: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
    }),
  );
  acknowledgeWildcards(
    role,
    [workgroups, '*'],
    'A warehouse behind its port has no ARN here, and its login is of one workgroup; statements are no resources of IAM.',
  );
  return role;
}

function validate(sync: Construct, props: AppFlowSyncProps): void {
  const fail = (sentence: string): never => {
    throw new Error(`${sync.node.path}: ${sentence}.`);
  };
  const { warehouse, connectorProfileName, fields, changedField, every } = props;
  if (warehouse.engine !== WarehouseEngine.REDSHIFT || !warehouse.clientEnvironment.WAREHOUSE_WORKGROUP) {
    fail(
      `AppFlow loads a workgroup of Redshift Serverless here, and the warehouse is '${warehouse.engine}'; use another engine of IngestionSync`,
    );
  }
  if (!Token.isUnresolved(connectorProfileName) && !NAME.test(connectorProfileName)) {
    fail(`connectorProfileName '${connectorProfileName}' is no name of a connection; copy it from AppFlow's console`);
  }
  if (fields.length === 0) fail('fields is empty, so that nothing would be read; name one at least');
  const wrong = fields.find((field) => !FIELD.test(field));
  if (wrong !== undefined) fail(`'${wrong}' is no name of a field; use letters, digits and underscores`);
  const columns = fields.map((field) => field.toLowerCase());
  const twice = fields.find((_, index) => columns.indexOf(columns[index]) !== index);
  if (twice !== undefined) fail(`the field '${twice}' is named twice; leave one out`);
  if (changedField !== undefined && !fields.includes(changedField)) {
    fail(`changedField '${changedField}' is none of the fields; add it to them`);
  }
  if (every !== undefined && (every.toSeconds() < 60 || every.toSeconds() % 60 !== 0)) {
    fail(`every is ${every.toHumanString()}; AppFlow counts in whole minutes, one at least`);
  }
}
