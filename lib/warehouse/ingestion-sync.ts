import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, type IConstruct } from 'constructs';
import type { AirbyteSyncProps } from './airbyte-props';
import type { DltSyncProps, SyncProps } from './ingestion-props';
import { createAirbyteSync } from './private/airbyte-sync';
import { createAppFlowSync } from './private/appflow-sync';
import { createDltSync } from './private/dlt-sync';
import type { AppFlowSyncProps, ZeroEtlSyncProps } from './native-sync-props';
import { createZeroEtlSync } from './private/zero-etl-sync';
import { SOURCE_NAME, type SyncParts } from './private/sync-parts';

/** What brings a source into a warehouse, whichever engine does it. */
export interface IIngestionSync extends IConstruct {
  /** Name of the source. */
  readonly sourceName: string;

  /** The schema of the warehouse that the data lands in. */
  readonly dataset: string;

  /**
   * Whether the engine runs by itself, as a stream or on a schedule of its own. Then nobody starts it from here.
   */
  readonly runsByItself: boolean;

  /**
   * A state that runs the sync and waits for its end.
   *
   * @param scope where the state stands
   * @param id name of the state
   * @throws when the engine runs by itself
   */
  runState(scope: Construct, id: string): sfn.CustomState;

  /** Lets the grantee, a state machine, run the sync. */
  grantRun(grantee: iam.IGrantable): iam.Grant;
}

interface IngestionSyncParts extends Pick<SyncProps, 'sourceName' | 'dataset'> {
  readonly build: (self: Construct, dataset: string) => SyncParts;
}

/**
 * Brings a source into a warehouse: raw, by increments, merged by key.
 */
export class IngestionSync extends Construct implements IIngestionSync {
  /**
   * dlt in a task of our own, on Fargate or Lambda: incremental by a cursor, merged by key, its state kept in the
   * warehouse, what a source changes handled by its schema contract.
   *
   * @throws when the configuration does not suit the connector
   */
  static dlt(scope: Construct, id: string, props: DltSyncProps): IngestionSync {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new IngestionSync(scope, id, {
      sourceName: props.sourceName,
      dataset: props.dataset,
      build: (self, dataset) => createDltSync(self, props, dataset),
    });
  }

  /**
   * An Airbyte that exists, Cloud or your own, through its public API: a source, a destination and the connection between
   * them with its schedule are made while the stack is deployed, found again by their names, changed when their
   * configuration changes. Airbyte runs it.
   *
   * @throws when workspace, API, streams or schedule have not their form, or the destination is of another engine
   */
  static airbyte(scope: Construct, id: string, props: AirbyteSyncProps): IngestionSync {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new IngestionSync(scope, id, {
      sourceName: props.sourceName,
      dataset: props.dataset,
      build: (self, dataset) => createAirbyteSync(self, props, dataset),
    });
  }

  /**
   * Amazon AppFlow: an object of a service, on a schedule of the flow's own, into a table that is there.
   *
   * @throws when the warehouse is not Redshift Serverless, or fields and schedule cannot be
   */
  static appFlow(scope: Construct, id: string, props: AppFlowSyncProps): IngestionSync {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new IngestionSync(scope, id, {
      sourceName: props.sourceName,
      dataset: props.dataset,
      build: (self, dataset) => createAppFlowSync(self, props, dataset),
    });
  }

  /**
   * A zero-ETL integration: a database of Amazon Aurora or RDS, replicated all the time into a database of its own in the
   * warehouse.
   *
   * @throws when the source is no database of them, or the filter has not its form
   */
  static zeroEtl(scope: Construct, id: string, props: ZeroEtlSyncProps): IngestionSync {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new IngestionSync(scope, id, {
      sourceName: props.sourceName,
      dataset: props.dataset,
      build: (self) => createZeroEtlSync(self, props),
    });
  }

  readonly sourceName: string;
  readonly dataset: string;
  readonly runsByItself: boolean;

  /**
   * ARN of the task definition.
   *
   * @default - the sync is no Fargate task
   */
  readonly taskDefinitionArn?: string;

  private readonly parts: SyncParts;

  private constructor(scope: Construct, id: string, props: IngestionSyncParts) {
    super(scope, id);
    if (!SOURCE_NAME.test(props.sourceName)) {
      throw new Error(
        `${this.node.path}: sourceName '${props.sourceName}' is no name of a source; use lower-case letters, digits and ` +
          'underscores, a letter first.',
      );
    }
    this.sourceName = props.sourceName;
    this.dataset = props.dataset ?? `raw_${props.sourceName}`;
    this.parts = props.build(this, this.dataset);
    this.runsByItself = this.parts.run === undefined;
    this.taskDefinitionArn = this.parts.taskDefinitionArn;
  }

  runState(scope: Construct, id: string): sfn.CustomState {
    if (!this.parts.run) {
      throw new Error(`${this.node.path}: runs by itself; leave it out of the orchestration.`);
    }
    return this.parts.run.state(scope, id);
  }

  grantRun(grantee: iam.IGrantable): iam.Grant {
    return this.parts.run?.grant(grantee) ?? iam.Grant.drop(grantee, `${this.node.path} runs by itself`);
  }
}
