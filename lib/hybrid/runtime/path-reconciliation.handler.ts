import { AthenaClient } from '@aws-sdk/client-athena';
import { required } from '../../foundation/runtime/environment';
import { servedGeneration } from '../../serving/runtime/served-generation';
import { storeClient } from '../../serving/runtime/store-client';
import { WindowStore } from '../../serving/runtime/window-store';
import { queryWindows } from './batch-windows';
import { reconcilePaths, type Outcome } from './reconcile-paths';

const athena = new AthenaClient({});

/** The windows to compare, from and to in milliseconds since 1970; the last closed hours when left out. */
interface Request {
  readonly from?: number;
  readonly to?: number;
  /** Whether the hot store is repaired; as deployed when left out. */
  readonly repair?: boolean;
}

/** Compares, publishes what it found, and repairs when it is told to. */
export async function handler(event: Request): Promise<Outcome> {
  const windowMillis = Number(required('WINDOW_SECONDS')) * 1000;
  const graceMillis = Number(required('GRACE_SECONDS')) * 1000;
  const to = event.to ?? floor(Date.now() - graceMillis, windowMillis);
  const from = event.from ?? to - Number(required('LOOK_BACK_SECONDS')) * 1000;
  const valkey = await storeClient();
  const generation = await servedGeneration(valkey, Number(required('SERVED_GENERATION')));
  const kept = Number(required('WINDOWS_KEPT'));
  const { windows, processedUntil } = await queryWindows(athena, required('WORKGROUP'), required('QUERY'), {
    from,
    to,
    graceSeconds: graceMillis / 1000,
  });
  const outcome = await reconcilePaths({
    store: new WindowStore(valkey, generation, kept),
    batch: windows,
    processedUntil,
    from,
    to,
    windowMillis,
    kept,
    repairs: event.repair ?? required('REPAIR') === 'true',
  });
  console.log(JSON.stringify(embeddedMetrics(outcome)));
  return outcome;
}

function floor(millis: number, step: number): number {
  return Math.floor(millis / step) * step;
}

/**
 * What CloudWatch makes metrics of.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
function embeddedMetrics({ compared, differing, repaired, causes, differences }: Outcome): object {
  const names = ['WindowsCompared', 'WindowsDiffering', 'DifferingShare', 'WindowsRepaired'];
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: required('NAMESPACE'),
          Dimensions: [['Reconciliation']],
          Metrics: names.map((Name) => ({ Name, Unit: Name === 'DifferingShare' ? 'Percent' : 'Count' })),
        },
      ],
    },
    Reconciliation: required('RECONCILIATION'),
    WindowsCompared: compared,
    WindowsDiffering: differing,
    DifferingShare: compared === 0 ? 0 : (100 * differing) / compared,
    WindowsRepaired: repaired,
    causes,
    differences,
  };
}
