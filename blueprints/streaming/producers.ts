import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { DataBucket, DataKey, DeploymentProfile } from '../../lib/foundation';
import { type EventTopic, IngestionApi, IotIngestion } from '../../lib/streaming';
import type { StreamingSettings } from './settings';

/** Properties of `Producers`. */
export interface ProducersProps {
  /** What blueprint.yaml says. */
  readonly settings: StreamingSettings['producers'];

  /** Where trades go. */
  readonly trades: EventTopic;

  /** Where reference data goes. */
  readonly symbols: EventTopic;

  /** Receives what the brokers did not take. */
  readonly deadLetters: DataBucket;

  /** The key for what the producers' helpers log. */
  readonly key: DataKey;

  /** What the deployment is for. */
  readonly profile: DeploymentProfile;
}

/**
 * Who writes trades: an application that speaks Kafka (producers/application.ts), a service that posts over HTTP, and
 * devices over MQTT. Each may write to its topic and nothing else.
 */
export class Producers extends Construct {
  /** By the names of the stack's outputs. */
  public readonly outputs: Readonly<Record<string, string>>;

  // eslint-disable-next-line awscdk/no-unused-props -- each producer takes its own from it
  public constructor(scope: Construct, id: string, props: ProducersProps) {
    super(scope, id);
    this.outputs = {
      ApplicationRoleArn: this.addApplication(props),
      ...(props.settings.http.enabled ? this.addService(props) : {}),
      ...(props.settings.iot.mqttTopics === '' ? {} : this.addDevices(props)),
    };
  }

  private addApplication({ trades, symbols }: ProducersProps): string {
    const role = this.role('Application', 'May write trades and symbols to Kafka, and nothing else');
    trades.grantProduce(role);
    symbols.grantProduce(role);
    return role.roleArn;
  }

  private addService({ settings, trades, key, profile }: ProducersProps): Record<string, string> {
    const api = new IngestionApi(this, 'Http', {
      topic: trades,
      key,
      profile,
      path: '/trades',
      keyField: 'trade_id',
      requestsPerSecond: settings.http.requestsPerSecond,
    });
    const role = this.role('Senders', 'May post trades, and nothing else');
    api.grantInvoke(role);
    return { IngestionUrl: api.url, SenderRoleArn: role.roleArn };
  }

  private addDevices({ settings, trades, deadLetters, key, profile }: ProducersProps): Record<string, string> {
    const devices = new IotIngestion(this, 'Devices', {
      topic: trades,
      mqttTopicFilter: settings.iot.mqttTopics,
      deadLetters,
      key,
      profile,
      keyField: 'trade_id',
    });
    return { DeviceTopics: devices.mqttTopicFilter };
  }

  private role(id: string, description: string): Role {
    const role = new Role(this, id, { description, assumedBy: new AccountRootPrincipal() });
    acceptInlinePolicy(role);
    return role;
  }
}

/** Accepts that a role of the blueprint has its permissions in a policy of its own. */
export function acceptInlinePolicy(role: Role): void {
  Validations.of(role).acknowledge({
    id: 'NIST.800.53.R5-IAMNoInlinePolicy',
    reason: 'The permissions are for this role alone and go with it; a managed policy could be attached to others.',
  });
}
