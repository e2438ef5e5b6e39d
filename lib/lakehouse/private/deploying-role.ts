import { DefaultStackSynthesizer, Fn, Stack } from 'aws-cdk-lib';

/**
 * ARN of the role in whose name CloudFormation creates a stack's resources.
 *
 * @throws when the stack's synthesizer has none
 */
export function deployingRoleArn(stack: Stack): string {
  if (!(stack.synthesizer instanceof DefaultStackSynthesizer)) {
    throw new Error(
      `${stack.node.path}: its synthesizer names no role that CloudFormation deploys with, but Lake Formation has to permit one; give deployingRoleArn.`,
    );
  }
  // The synthesizer writes ${AWS::AccountId} and the like, for places where CloudFormation puts them in itself.
  return Fn.sub(stack.synthesizer.cloudFormationExecutionRoleArn);
}
