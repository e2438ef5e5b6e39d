import { CfnOutput, type Stack } from 'aws-cdk-lib';

/** Adds outputs to a stack, by their names. */
export function addOutputs(stack: Stack, outputs: Readonly<Record<string, string>>): void {
  Object.entries(outputs).forEach(([name, value]) => new CfnOutput(stack, name, { value }));
}
