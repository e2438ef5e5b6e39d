import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { DataBucket, DataKey, DeploymentProfile, IDataNetwork } from '../../lib/foundation';
import type { IHotStore } from '../../lib/ports';
import { GenerationSwitch, HotStore, HotStoreSink, RealtimeApi, ServingOperations } from '../../lib/serving';
import { acceptInlinePolicy } from './producers';
import type { StreamingSettings } from './settings';
import type { GenerationTopics } from './topics';

/** Properties of `Serving`. */
export interface ServingProps {
  /** What blueprint.yaml says. */
  readonly settings: StreamingSettings['serving'];

  /** Who hears of alarms; nobody when it is empty. */
  readonly alarmEmail: string;

  /** The generations that run, and what each writes. */
  readonly generations: readonly { readonly number: number; readonly topics: GenerationTopics }[];

  /** Where the store stands: the network of the brokers. */
  readonly network: IDataNetwork;

  /** Receives messages that are no windows. */
  readonly deadLetters: DataBucket;

  /** The key for what is stored and logged. */
  readonly key: DataKey;

  /** What the deployment is for. */
  readonly profile: DeploymentProfile;
}

/** The hot store with a sink for each generation, the API in front of it, and the switch between generations. */
export class Serving extends Construct {
  /** By the names of the stack's outputs. */
  public readonly outputs: Readonly<Record<string, string>>;
  /** Where the windows are. */
  public readonly store: IHotStore;
  /** Where alarms are told; processing tells its own there, too. */
  public readonly alarmTopic: ITopic;

  public constructor(scope: Construct, id: string, props: ServingProps) {
    super(scope, id);
    const { settings, generations, network, key, profile } = props;
    const { generation: servedGeneration, windowsKept, requestsPerSecond } = settings;
    const store = new HotStore(this, 'Store', { network, key, profile });
    this.store = store;
    const served = { store, key, profile, servedGeneration };
    const api = new RealtimeApi(this, 'Api', { ...served, windowsKept, requestsPerSecond });
    const switcher = new GenerationSwitch(this, 'Switch', served);
    const sinks = generations.map(({ number, topics }) => this.addSink(number, topics, store, props));
    sinks.forEach((sink) => api.pushFrom(sink));
    const operations = new ServingOperations(this, 'Operations', { sinks, api, key });
    this.alarmTopic = operations.alarmTopic;
    if (props.alarmEmail) operations.alarmTopic.addSubscription(new EmailSubscription(props.alarmEmail));

    const readers = new Role(this, 'Readers', {
      description: 'May read windows and listen to new ones, and nothing else',
      assumedBy: new AccountRootPrincipal(),
    });
    acceptInlinePolicy(readers);
    api.grantRead(readers);
    this.outputs = {
      HotStoreEndpoint: store.endpoint,
      RealtimeUrl: api.url,
      LiveUrl: api.liveUrl,
      ReaderRoleArn: readers.roleArn,
      GenerationSwitchName: switcher.functionName,
      ...Object.assign(
        {},
        ...generations.map(({ number, topics }, index) => ({
          [outputOf('SummariesTopicName', number)]: topics.summaries.topicName,
          [outputOf('HotStoreSinkName', number)]: sinks[index].functionName,
        })),
      ),
    };
  }

  private addSink(generation: number, topics: GenerationTopics, store: HotStore, props: ServingProps): HotStoreSink {
    const { settings, deadLetters, key, profile } = props;
    const pollers = settings.provisionedPollers;
    return new HotStoreSink(this, `Sink${generation}`, {
      topic: topics.summaries,
      store,
      deadLetters,
      key,
      profile,
      generation,
      servedGeneration: settings.generation,
      windowsKept: settings.windowsKept,
      provisionedPollers: pollers > 0 ? { minimum: pollers, maximum: Math.max(pollers, 2) } : undefined,
    });
  }
}

/** Name of an output of one generation; the first one's are plain. */
export function outputOf(name: string, generation: number): string {
  return generation === 1 ? name : `${name}G${generation}`;
}
