import { createHash } from 'node:crypto';
import { CustomResource, Duration } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { DeploymentProfile, IDataKey } from '../../foundation';
import { acknowledge, acknowledgeInlinePolicy, acknowledgeWildcards } from '../../foundation/private/acknowledge';
import { grantAssetRead } from '../../foundation/private/assets';
import { HandlerFunction } from '../../foundation/private/handler-function';
import { requireType } from '../../foundation/private/regional-types';

export interface BuiltImageProps {
  /** Folder with a Dockerfile and all that it copies. */
  readonly context: string;
  /** What the Dockerfile is given as `ARG`s. */
  readonly buildArguments: { [name: string]: string };
  readonly key: IDataKey;
  readonly profile: DeploymentProfile;
}

// A function works for fifteen minutes at most, and it waits for the build.
const BUILD_TIMEOUT = Duration.minutes(13);
const KEPT_IMAGES = 5;
const EXCLUDED = ['**/__pycache__', '**/*.pyc'];

/**
 * A container image that AWS CodeBuild builds while the stack is deployed, so that nobody needs a local Docker. It is
 * built once for everything that goes into it: its tag is the hash of folder and arguments.
 */
export class BuiltImage extends Construct {
  /** The image, for task definitions; whoever uses it depends on it. */
  readonly imageUri: string;
  readonly imageTag: string;
  readonly repository: ecr.IRepository;

  /** @throws when the region of the stack is known and has no CodeBuild */
  constructor(scope: Construct, id: string, props: BuiltImageProps) {
    super(scope, id);
    requireType(
      this,
      'AWS::CodeBuild::Project',
      'AWS CodeBuild',
      'Deploy the warehouse in another region: its images are built there.',
    );
    const { key, profile, buildArguments } = props;
    const context = new Asset(this, 'Context', { path: props.context, exclude: EXCLUDED });
    const repository = this.createRepository(key, profile);
    this.repository = repository;
    const { project, grants } = this.createProject(context, repository, props);
    const hash = createHash('sha256').update(JSON.stringify([context.assetHash, buildArguments]));
    this.imageTag = hash.digest('hex').slice(0, 32);
    const handler = this.createHandler(project, repository, props);
    const image = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::ContainerImage',
      serviceToken: handler.function.functionArn,
      serviceTimeout: Duration.minutes(16),
      properties: { ProjectName: project.ref, RepositoryName: repository.repositoryName, ImageTag: this.imageTag },
    });
    image.node.addDependency(handler);
    grants.forEach((grant) => grant.applyBefore(image));
    this.imageUri = repository.repositoryUriForTag(this.imageTag);
  }

  private createRepository(key: IDataKey, profile: DeploymentProfile): ecr.Repository {
    return new ecr.Repository(this, 'Repository', {
      encryption: ecr.RepositoryEncryption.KMS,
      encryptionKey: key.key,
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      lifecycleRules: [{ description: 'What deployments before used', maxImageCount: KEPT_IMAGES }],
      removalPolicy: profile.removalPolicy,
      emptyOnDelete: profile.destroyable,
    });
  }

  private createProject(
    context: Asset,
    repository: ecr.Repository,
    { key, profile, buildArguments }: BuiltImageProps,
  ): { project: codebuild.CfnProject; grants: iam.Grant[] } {
    key.allowLogGroups();
    const logGroup = new logs.LogGroup(this, 'Logs', {
      encryptionKey: key.key,
      retention: profile.logRetention,
      removalPolicy: profile.removalPolicy,
    });
    const role = new iam.Role(this, 'BuildRole', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
    acknowledgeInlinePolicy(role);
    const grants = [
      grantAssetRead(role, context),
      repository.grantPullPush(role),
      logGroup.grants.write(role),
      key.key.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey'),
    ];
    acknowledgeWildcards(role, ['*'], 'A token for ECR is given for the whole registry.');
    const project = new codebuild.CfnProject(this, 'Project', {
      description: `Builds the image of ${this.node.path}`,
      serviceRole: role.roleArn,
      encryptionKey: key.key.keyArn,
      timeoutInMinutes: BUILD_TIMEOUT.toMinutes(),
      queuedTimeoutInMinutes: BUILD_TIMEOUT.toMinutes(),
      source: {
        type: 'S3',
        location: `${context.s3BucketName}/${context.s3ObjectKey}`,
        buildSpec: buildSpec(buildArguments),
      },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0',
        computeType: 'BUILD_GENERAL1_SMALL',
        privilegedMode: true,
        environmentVariables: [{ name: 'REPOSITORY_URI', value: repository.repositoryUri }],
      },
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: logGroup.logGroupName } },
    });
    acknowledge(
      project,
      ['AwsSolutions-CB3', 'CKV_AWS_316'],
      'Building an image needs Docker, and Docker needs the privileged mode; the project builds this folder only.',
    );
    return { project, grants };
  }

  private createHandler(
    project: codebuild.CfnProject,
    repository: ecr.Repository,
    { key, profile }: BuiltImageProps,
  ): HandlerFunction {
    const handler = new HandlerFunction(this, 'Handler', {
      handler: 'image-build',
      description: `Has the image of ${this.node.path} built`,
      profile,
      key,
      timeout: Duration.minutes(15),
    });
    iam.Grant.addToPrincipal({
      grantee: handler,
      actions: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild'],
      resourceArns: [project.attrArn],
    });
    repository.grant(handler, 'ecr:DescribeImages');
    return handler;
  }
}

/** In plain steps: what CodeBuild's log shows is what was done. */
function buildSpec(buildArguments: { [name: string]: string }): string {
  const given = Object.entries(buildArguments).map(([name, value]) => `--build-arg '${name}=${value}'`);
  return JSON.stringify({
    version: '0.2',
    phases: {
      pre_build: {
        commands: ['aws ecr get-login-password | docker login --username AWS --password-stdin "${REPOSITORY_URI%%/*}"'],
      },
      build: { commands: [['docker build --tag "$REPOSITORY_URI:$IMAGE_TAG"', ...given, '.'].join(' ')] },
      post_build: {
        commands: ['test "$CODEBUILD_BUILD_SUCCEEDING" = 1', 'docker push "$REPOSITORY_URI:$IMAGE_TAG"'],
      },
    },
  });
}
