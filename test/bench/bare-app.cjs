// The yardstick of the synth benchmark: a CDK app without any of our code that declares the same resources, property
// by property, as plain L1s. usage: node bare-app.cjs TEMPLATE.json, CDK_OUTDIR set.
const { readFileSync } = require('node:fs');
const { App, CfnResource, Stack } = require('aws-cdk-lib');

const { Resources } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const app = new App({ analyticsReporting: false });
const stack = new Stack(app, 'Bare', {});
for (const [id, { Type, Properties }] of Object.entries(Resources)) {
  new CfnResource(stack, id, { type: Type, properties: Properties }).overrideLogicalId(id);
}
app.synth();
