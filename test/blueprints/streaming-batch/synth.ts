import type { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { join } from 'node:path';
import { addTo } from '../../../blueprints/streaming-batch/blueprint';
import { newApp } from '../lakehouse/synth';

const BLUEPRINT = join(__dirname, '../../../blueprints/streaming-batch');

/** The blueprint as its files say, in the environment of that name. */
export function newStack(environment?: string, app: App = newApp()): Stack {
  addTo(app, BLUEPRINT, environment);
  return app.node.findChild('TradingStreamingBatchStack') as Stack;
}

export function synth(): Template {
  return Template.fromStack(newStack());
}
