import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataKey } from '../foundation';
import { HandlerFunction } from '../foundation/private/handler-function';
import type { IHotStore } from '../ports';
import { storeEnvironment } from './private/store-environment';

/** Properties of a `GenerationSwitch`. */
export interface GenerationSwitchProps {
  /** The store whose generations are served. */
  readonly store: IHotStore;

  /** The key that logs are encrypted with. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * The generation that is served while nobody has switched to another one.
   *
   * @default 1
   */
  readonly servedGeneration?: number;
}

/**
 * Makes another generation of the processing the served one, at once, and back as easily: a function to call with
 * `{"generation": 2}`. `{}` tells which one is served. It refuses a generation without windows in the store, and one
 * whose windows end before those of the served one; `"evenIfBehind": true` serves that, too.
 *
 * The choice stands in the store; deploy it as `servedGeneration`, too, so that it outlives the store.
 */
export class GenerationSwitch extends Construct {
  /** Name of the function. */
  public readonly functionName: string;

  private readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: GenerationSwitchProps) {
    super(scope, id);
    const { store, servedGeneration = 1 } = props;
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'generation-switch',
      description: 'Tells and changes which generation is served',
      profile: props.profile ?? DeploymentProfile.PRODUCTION,
      key: props.key,
      network: store.network,
      timeout: Duration.seconds(30),
      caller: {
        withoutQueue: 'A person or a pipeline calls it and waits for the answer.',
        withoutConcurrency: 'A person or a pipeline calls it, now and then.',
      },
      environment: {
        ...storeEnvironment(store, store.writerName),
        SERVED_GENERATION: String(servedGeneration),
      },
    });
    store.grantReadWrite(this.handler);
    store.connections.allowDefaultPortFrom(this.handler, 'Switch of generations');
    this.functionName = this.handler.function.functionName;
  }

  /** Lets the grantee ask for and change the served generation. */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.handler.grantInvoke(grantee);
  }
}
