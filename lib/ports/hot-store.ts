import type { IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { IDataNetwork } from '../foundation';

/**
 * A store that answers in milliseconds: Valkey in cluster mode, over TLS, with IAM roles as identities.
 *
 * As `IConnectable` it stands for the store: `store.connections.allowDefaultPortFrom(client)` opens its port.
 */
export interface IHotStore extends IConstruct, IConnectable {
  /** Name of the cache, which tokens are made out to. */
  readonly storeName: string;

  /** `host:port` of the endpoint; may be a token that is only known once the store exists. */
  readonly endpoint: string;

  /** The user that reads. */
  readonly readerName: string;

  /** The user that reads and writes. */
  readonly writerName: string;

  /** The network that clients have to stand in. */
  readonly network: IDataNetwork;

  /** Lets the grantee connect as the user that reads. */
  grantRead(grantee: IGrantable): Grant;

  /** Lets the grantee connect as the user that reads and writes. */
  grantReadWrite(grantee: IGrantable): Grant;
}
