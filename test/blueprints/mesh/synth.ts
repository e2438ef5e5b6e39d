import type { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { join } from 'node:path';
import { addTo } from '../../../blueprints/mesh/blueprint';
import { newApp } from '../lakehouse/synth';

export const DIRECTORY = join(__dirname, '../../../blueprints/mesh');

export const STACKS = ['Platform', 'Trading', 'Risk', 'Finance'].map((each) => `TradingMesh${each}Stack`);

/** The stacks of the mesh in an app of their own. */
export function newMesh(environment?: string): App {
  const app = newApp();
  addTo(app, DIRECTORY, environment);
  return app;
}

export function templatesOf(app: App): Record<string, Template> {
  return Object.fromEntries(STACKS.map((name) => [name, Template.fromStack(app.node.findChild(name) as Stack)]));
}
