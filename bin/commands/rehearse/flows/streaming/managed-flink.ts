import { setTimeout as sleep } from 'timers/promises';
import { type AwsConnection, callAws } from '../../aws';

const POLL_MILLISECONDS = 300;
const SECONDS = 120;

/** What is asked of an application's description. */
interface ApplicationDetail {
  readonly ApplicationStatus: string;
  readonly ApplicationConfigurationDescription: {
    readonly EnvironmentPropertyDescriptions: {
      readonly PropertyGroupDescriptions: readonly {
        readonly PropertyGroupId: string;
        readonly PropertyMap: { readonly [name: string]: string };
      }[];
    };
  };
}

/** A deployed application, by the service's own API. */
export class ManagedFlink {
  public constructor(
    private readonly operator: AwsConnection,
    private readonly name: string,
  ) {}

  /** Stops it and waits for the end; with a snapshot, unless it is forced. */
  public async stop(force = false): Promise<void> {
    await this.call('StopApplication', { Force: force });
    await this.reach('READY');
  }

  /** Starts it without any state, so that it reads from where its tables begin, and waits until it runs. */
  public async startAnew(): Promise<void> {
    await this.start();
    await this.reach('RUNNING');
  }

  /** Starts a bounded one and waits until it runs no more: it has finished, or it has failed. */
  public async runToEnd(): Promise<void> {
    await this.start();
    await this.reach('READY');
  }

  /** Whether it reads its topics as they stand, and ends by itself. */
  public async isBounded(): Promise<boolean> {
    const { ApplicationConfigurationDescription } = await this.describe();
    const groups = ApplicationConfigurationDescription.EnvironmentPropertyDescriptions.PropertyGroupDescriptions;
    return groups.some(
      ({ PropertyGroupId, PropertyMap }) => PropertyGroupId === 'Runner' && PropertyMap.mode === 'bounded',
    );
  }

  private async start(): Promise<void> {
    await this.call('StartApplication', {
      RunConfiguration: {
        ApplicationRestoreConfiguration: { ApplicationRestoreType: 'SKIP_RESTORE_FROM_SNAPSHOT' },
      },
    });
  }

  private async reach(wanted: string): Promise<void> {
    const deadline = Date.now() + SECONDS * 1000;
    for (;;) {
      const { ApplicationStatus: status } = await this.describe();
      if (status === wanted) return;
      if (Date.now() > deadline) throw new Error(`${this.name}: is ${status} after ${SECONDS} s, not ${wanted}`);
      await sleep(POLL_MILLISECONDS);
    }
  }

  private async describe(): Promise<ApplicationDetail> {
    return (await this.call<{ ApplicationDetail: ApplicationDetail }>('DescribeApplication')).ApplicationDetail;
  }

  private call<T>(action: string, input: object = {}): Promise<T> {
    const target = `KinesisAnalytics_20180523.${action}`;
    return callAws<T>(this.operator, 'kinesisanalytics', target, { ApplicationName: this.name, ...input });
  }
}
