import type { App } from 'aws-cdk-lib';
import { loadLakehouseSettings } from '../lakehouse/settings';
import { loadStreamingSettings } from '../streaming/settings';
import { loadHybridFile } from '../trading/hybrid-file';
import { loadWarehouseSettings } from '../warehouse/settings';
import schema from './blueprint.schema.json';
import { TradingStreamingBatchStack, type TradingStreamingBatchStackProps } from './stack';

type Own = Pick<TradingStreamingBatchStackProps, 'sync' | 'reconciliation'>;

/** Adds the stream with a batch path to an app; `directory` has its blueprint.yaml, which names those of the parts. */
export function addTo(app: App, directory: string, name?: string): void {
  const { settings, part } = loadHybridFile<Own>(directory, schema, name);
  const { env, ...streaming } = part('streaming', loadStreamingSettings);
  const { sync, reconciliation } = settings;
  const [lakehouse, warehouse] = [part('lakehouse', loadLakehouseSettings), part('warehouse', loadWarehouseSettings)];
  const props = { env, directory, streaming, lakehouse, warehouse, sync, reconciliation };
  // eslint-disable-next-line awscdk/no-construct-stack-suffix -- the name is what people type
  new TradingStreamingBatchStack(app, 'TradingStreamingBatchStack', props);
}
