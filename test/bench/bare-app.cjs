// The yardstick of the synth benchmark: a CDK app without any of our code that declares the same resources with the
// CDK's own L1 classes. usage: node bare-app.cjs TEMPLATE.json, with CDK_OUTDIR set.
const { App, Stack } = require('aws-cdk-lib');
const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');

const app = new App({ analyticsReporting: false });
new CfnInclude(new Stack(app, 'Bare'), 'Template', { templateFile: process.argv[2] });
app.synth();
