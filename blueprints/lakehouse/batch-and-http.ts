import { Duration, Validations } from 'aws-cdk-lib';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { FileDrop, FilesToBronzeJob, type SparkJobOptions } from '../../lib/lakehouse';
import type { IEventTopic, ILakeTable } from '../../lib/ports';
import type { RecordSchema } from '../../lib/schema';
import { IngestionApi } from '../../lib/streaming';
import type { LakehouseSettings } from './settings';

/** Properties of `BatchAndHttp`. */
export interface BatchAndHttpProps {
  /** What blueprint.yaml says. */
  readonly sources: LakehouseSettings['sources'];

  /** What every job of the lakehouse is given. */
  readonly options: SparkJobOptions;

  /** Where requests go. */
  readonly topic: IEventTopic;

  /** Where files go. */
  readonly bronze: ILakeTable;

  /** What a trade has; says which fields a file needs. */
  readonly trades: RecordSchema;
}

/** The two sources beside Kafka, and the role that whoever feeds them takes on: files that are dropped, and requests. */
export class BatchAndHttp extends Construct {
  /** By the names of the stack's outputs. */
  public readonly outputs: Readonly<Record<string, string>>;

  // eslint-disable-next-line awscdk/no-unused-props -- the two sources take their own from it
  public constructor(scope: Construct, id: string, props: BatchAndHttpProps) {
    super(scope, id);
    const { files, http } = props.sources;
    if (!files.enabled && !http.enabled) {
      this.outputs = {};
      return;
    }
    const senders = new Role(this, 'Senders', {
      description: 'May post trades and drop files of trades, and nothing else',
      assumedBy: new AccountRootPrincipal(),
    });
    Validations.of(senders).acknowledge({
      id: 'NIST.800.53.R5-IAMNoInlinePolicy',
      reason: 'The permissions are for this role alone and go with it; a managed policy could be attached to others.',
    });
    this.outputs = {
      SenderRoleArn: senders.roleArn,
      ...(files.enabled ? this.addFiles(props, senders) : {}),
      ...(http.enabled ? this.addApi(props, senders) : {}),
    };
  }

  private addFiles({ sources, options, bronze, trades }: BatchAndHttpProps, senders: Role): Record<string, string> {
    const drop = new FileDrop(this, 'Drop', { lake: options.lake });
    drop.grantDrop(senders);
    const job = new FilesToBronzeJob(this, 'Files', {
      ...options,
      drop,
      table: bronze,
      lookEvery: Duration.minutes(sources.files.lookEveryMinutes),
      // Mappings are for the messages of the topic: a file holds trades in our own form.
      requiredFields: requiredFields(trades),
    });
    return { FilesInbox: drop.inboxUrl, FilesStarterName: job.starterFunctionName, FilesJobName: job.jobName };
  }

  private addApi({ sources, options, topic }: BatchAndHttpProps, senders: Role): Record<string, string> {
    const { key, profile } = options.lake;
    const api = new IngestionApi(this, 'Api', {
      topic,
      key,
      profile,
      path: '/trades',
      keyField: 'symbol',
      requestsPerSecond: sources.http.requestsPerSecond,
      logRetention: options.logRetention,
    });
    api.grantInvoke(senders);
    return { IngestionUrl: api.url };
  }
}

function requiredFields(trades: RecordSchema): string[] {
  return trades.columns.filter(({ required }) => required).map(({ name, wireName }) => wireName ?? name);
}
