import { KinesisAnalyticsV2Client } from '@aws-sdk/client-kinesis-analytics-v2';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import {
  customResourceHandler,
  type CustomResourceResult,
  textProperty,
} from '../../foundation/runtime/custom-resource';
import { FlinkLifecycle, ManagedFlink } from './flink-lifecycle';

const lifecycle = new FlinkLifecycle(new ManagedFlink(new KinesisAnalyticsV2Client({})));

/** Starts the application when it is created or changed, stops it before it goes. */
export const handler = customResourceHandler(async (event) => {
  await work(event);
  return { physicalResourceId: textProperty(event, 'ApplicationName') } satisfies CustomResourceResult;
});

async function work(event: CloudFormationCustomResourceEvent): Promise<void> {
  const name = textProperty(event, 'ApplicationName');
  if (event.RequestType === 'Delete') {
    return lifecycle.stop(name, textProperty(event, 'Force') === 'true');
  }
  return lifecycle.run(name);
}
