import { setTimeout as sleep } from 'timers/promises';
import { type AwsConnection, callAws } from '../../aws';

const POLL_MILLISECONDS = 300;
const SECONDS = 120;

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
    await this.call('StartApplication', {
      RunConfiguration: {
        ApplicationRestoreConfiguration: { ApplicationRestoreType: 'SKIP_RESTORE_FROM_SNAPSHOT' },
      },
    });
    await this.reach('RUNNING');
  }

  private async reach(wanted: string): Promise<void> {
    const deadline = Date.now() + SECONDS * 1000;
    for (;;) {
      const { ApplicationDetail } = await this.call<{ ApplicationDetail: { ApplicationStatus: string } }>(
        'DescribeApplication',
      );
      const status = ApplicationDetail.ApplicationStatus;
      if (status === wanted) return;
      if (Date.now() > deadline) throw new Error(`${this.name}: is ${status} after ${SECONDS} s, not ${wanted}`);
      await sleep(POLL_MILLISECONDS);
    }
  }

  private call<T>(action: string, input: object = {}): Promise<T> {
    const target = `KinesisAnalytics_20180523.${action}`;
    return callAws<T>(this.operator, 'kinesisanalytics', target, { ApplicationName: this.name, ...input });
  }
}
