import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { type BucketPrefix, grantPrefixRead, grantPrefixWrite } from '../../foundation/private/prefix-access';
import type { IWarehouse } from '../../ports';
import type { TaskPlatform } from '../task-platform';

/** A task that loads a warehouse. */
export interface Loader extends ec2.IConnectable {
  readonly role: iam.IRole;
}

/** How a task loads a warehouse: it stages files that the warehouse copies. */
export class Loading {
  /** What the task is told. */
  readonly environment: { readonly [name: string]: string };
  private readonly staging: BucketPrefix;

  constructor(
    platform: TaskPlatform,
    private readonly warehouse: IWarehouse,
    private readonly sourceName: string,
  ) {
    this.staging = platform._files(`staging/${sourceName}`, 'files that the loader stages');
    this.environment = {
      ...warehouse.clientEnvironment,
      STAGING_URI: platform.bucket.bucket.s3UrlForObject(this.staging.prefix),
      ...(warehouse.copyRole ? { COPY_ROLE_ARN: warehouse.copyRole.roleArn } : {}),
    };
  }

  /** Lets the task stage, and the warehouse copy. */
  grantStaging({ role }: Loader): void {
    grantPrefixRead(role, this.staging);
    grantPrefixWrite(role, this.staging);
    if (this.warehouse.copyRole) grantPrefixRead(this.warehouse.copyRole, this.staging);
  }

  /** Lets the task log in as a loader. */
  grantLoad(loader: Loader): void {
    this.warehouse.grantLoad(loader.role);
    this.warehouse.connections.allowDefaultPortFrom(loader, `Loads ${this.sourceName}`);
  }
}
