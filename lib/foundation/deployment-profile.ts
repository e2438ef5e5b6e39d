import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/**
 * What a deployment is for. One choice instead of flags scattered about: every construct takes its removal policy,
 * retention times and default sizes from it.
 */
export class DeploymentProfile {
  /** Cheap, and destroyed without a trace: data, keys and logs go with the stack. */
  static readonly SANDBOX = new DeploymentProfile('sandbox', true, RetentionDays.TWO_WEEKS, Duration.days(1), 2);

  /** Everything stateful outlives its stack; sizes and retention times are meant for real data. */
  static readonly PRODUCTION = new DeploymentProfile('production', false, RetentionDays.ONE_YEAR, Duration.days(30), 3);

  /**
   * The profile of that name, as configuration files write it.
   *
   * @param name `sandbox` or `production`
   * @throws when there is no such profile
   */
  static fromName(name: string): DeploymentProfile {
    const profiles = [DeploymentProfile.SANDBOX, DeploymentProfile.PRODUCTION];
    const found = profiles.find((profile) => profile.name === name);
    if (!found) {
      const known = profiles.map((profile) => profile.name).join(', ');
      throw new Error(`deployment profile '${name}' is unknown; use one of: ${known}`);
    }
    return found;
  }

  /** What happens to stateful resources when their stack goes: deleted in a sandbox, kept in production. */
  readonly removalPolicy: RemovalPolicy;

  private constructor(
    /** `sandbox` or `production`. */
    readonly name: string,
    /** Whether stacks of this profile may be destroyed with all their data. */
    readonly destroyable: boolean,
    /** How long CloudWatch log groups keep their events. */
    readonly logRetention: RetentionDays,
    /** How long overwritten and deleted object versions are kept. */
    readonly noncurrentVersionRetention: Duration,
    /** Over how many availability zones a network is spread. */
    readonly availabilityZoneCount: number,
  ) {
    this.removalPolicy = destroyable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
  }
}
