import { Construct } from 'constructs';
import type { DataKey, DeploymentProfile, IDataNetwork } from '../../lib/foundation';
import type { EventBackbone } from '../../lib/streaming';
import { type BackboneSettings, createBackbone } from '../trading/backbone';

/** Properties of a `TradeBackbone`. */
export interface TradeBackboneProps {
  /** What blueprint.yaml says. */
  readonly settings: BackboneSettings;

  /** The key for what brokers and network store. */
  readonly key: DataKey;

  /** What the deployment is for. */
  readonly profile: DeploymentProfile;
}

/** The brokers, new or existing, and the network that everything stands in. */
export class TradeBackbone extends Construct {
  public readonly backbone: EventBackbone;
  public readonly network: IDataNetwork;

  public constructor(scope: Construct, id: string, props: TradeBackboneProps) {
    super(scope, id);
    const { settings, key, profile } = props;
    this.backbone = createBackbone(this, settings, key, profile);
    if (!this.backbone.network) throw new Error(`${this.node.path}: the brokers have no network; name it.`);
    this.network = this.backbone.network;
  }
}
