import type { App } from 'aws-cdk-lib';
import * as path from 'node:path';
import { loadLakehouseSettings } from '../lakehouse/settings';
import { loadStreamingSettings } from '../streaming/settings';
import { loadBlueprintFile } from '../trading/blueprint-file';
import { loadWarehouseSettings } from '../warehouse/settings';
import schema from './blueprint.schema.json';
import { TradingStreamingBatchStack, type TradingStreamingBatchStackProps } from './stack';

type Own = Pick<TradingStreamingBatchStackProps, 'sync' | 'reconciliation'>;

/** Adds the stream with a batch path to an app; `directory` has its blueprint.yaml, which names those of the parts. */
export function addTo(app: App, directory: string, name?: string): void {
  const file = path.join(directory, 'blueprint.yaml');
  const { settings } = loadBlueprintFile<Own & Record<string, string>>({ file, schema, environment: name });
  const { sync, reconciliation, ...folders } = settings;
  const part = <T>(which: string, load: (folder: string, name?: string) => T) => {
    const folder = path.join(directory, folders[which]);
    return { directory: folder, ...load(folder, name) };
  };
  const { environment, ...stream } = part('streaming', loadStreamingSettings);
  // eslint-disable-next-line awscdk/no-construct-stack-suffix -- the name is what people type
  new TradingStreamingBatchStack(app, 'TradingStreamingBatchStack', {
    env: { account: environment.account, region: environment.region },
    directory,
    stream,
    lakehouse: part('lakehouse', loadLakehouseSettings),
    warehouse: part('warehouse', loadWarehouseSettings),
    sync,
    reconciliation,
  });
}
