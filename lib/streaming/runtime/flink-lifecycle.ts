import {
  DescribeApplicationCommand,
  type KinesisAnalyticsV2Client,
  ListApplicationSnapshotsCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  StartApplicationCommand,
  StopApplicationCommand,
} from '@aws-sdk/client-kinesis-analytics-v2';

/** What an application is doing, as the service says it; `MISSING` when there is none of that name. */
export interface ApplicationState {
  readonly status: string;
  /** Whether the service went back to an earlier version because the newest did not come up. */
  readonly rolledBack: boolean;
}

/** What the lifecycle needs of the service. */
export interface FlinkService {
  state(name: string): Promise<ApplicationState>;
  /** Whether there is a snapshot to start from. */
  hasSnapshot(name: string): Promise<boolean>;
  start(name: string, fromSnapshot: boolean): Promise<void>;
  stop(name: string, force: boolean): Promise<void>;
}

/** How long to wait in all, and between two looks, in milliseconds. */
export interface Patience {
  readonly total: number;
  readonly between: number;
}

// CloudFormation gives the function up after 15 minutes.
const PATIENCE: Patience = { total: 13 * 60_000, between: 2_000 };
const BUSY = ['STARTING', 'STOPPING', 'FORCE_STOPPING', 'UPDATING', 'AUTOSCALING', 'ROLLING_BACK', 'MAINTENANCE'];

/** Brings applications up and down and waits until they are. */
export class FlinkLifecycle {
  constructor(
    private readonly service: FlinkService,
    private readonly patience: Patience = PATIENCE,
  ) {}

  /**
   * Sees to it that the application runs, from its latest snapshot when it has one.
   *
   * @throws when it does not come up, or the service went back to the version before
   */
  async run(name: string): Promise<void> {
    let { status, rolledBack } = await this.settled(name);
    if (status === 'READY') {
      await this.service.start(name, await this.service.hasSnapshot(name));
      ({ status, rolledBack } = await this.settled(name));
    }
    if (status !== 'RUNNING') {
      throw new Error(
        `${name}: is ${status} instead of RUNNING; its log group says why. Correct the SQL, or the topic that is missing, and deploy again.`,
      );
    }
    if (rolledBack) {
      throw new Error(
        `${name}: the new version did not come up, and the service went back to the one before; the log group says why.`,
      );
    }
  }

  /** Stops the application, if there is one that runs; with a snapshot unless it is forced. */
  async stop(name: string, force: boolean): Promise<void> {
    const { status } = await this.settled(name);
    if (status !== 'RUNNING') {
      return;
    }
    await this.service.stop(name, force);
    await this.settled(name);
  }

  private async settled(name: string): Promise<ApplicationState> {
    const deadline = Date.now() + this.patience.total;
    for (;;) {
      const state = await this.service.state(name);
      if (!BUSY.includes(state.status)) {
        return state;
      }
      if (Date.now() > deadline) {
        throw new Error(
          `${name}: has been ${state.status} for ${this.patience.total / 60_000} minutes; look into its log group.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, this.patience.between));
    }
  }
}

/** The service itself. */
export class ManagedFlink implements FlinkService {
  constructor(private readonly client: KinesisAnalyticsV2Client) {}

  async state(name: string): Promise<ApplicationState> {
    try {
      const { ApplicationDetail } = await this.client.send(new DescribeApplicationCommand({ ApplicationName: name }));
      return {
        status: ApplicationDetail?.ApplicationStatus ?? 'MISSING',
        rolledBack: ApplicationDetail?.ApplicationVersionRolledBackFrom !== undefined,
      };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return { status: 'MISSING', rolledBack: false };
      throw error;
    }
  }

  async hasSnapshot(name: string): Promise<boolean> {
    const { SnapshotSummaries } = await this.client.send(
      new ListApplicationSnapshotsCommand({ ApplicationName: name, Limit: 50 }),
    );
    return (SnapshotSummaries ?? []).some(({ SnapshotStatus }) => SnapshotStatus === 'READY');
  }

  async start(name: string, fromSnapshot: boolean): Promise<void> {
    await this.unlessBusy(
      new StartApplicationCommand({
        ApplicationName: name,
        RunConfiguration: {
          ApplicationRestoreConfiguration: {
            ApplicationRestoreType: fromSnapshot ? 'RESTORE_FROM_LATEST_SNAPSHOT' : 'SKIP_RESTORE_FROM_SNAPSHOT',
          },
        },
      }),
    );
  }

  async stop(name: string, force: boolean): Promise<void> {
    await this.unlessBusy(new StopApplicationCommand({ ApplicationName: name, Force: force }));
  }

  /** Somebody else, such as the service's own maintenance, may have been quicker. */
  private async unlessBusy(command: StartApplicationCommand | StopApplicationCommand): Promise<void> {
    try {
      await this.client.send(command as StartApplicationCommand);
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
    }
  }
}
