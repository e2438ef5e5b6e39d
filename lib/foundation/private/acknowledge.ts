import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts a finding of a rule pack on a construct, with the reason that stands in the validation report.
 *
 * @param id the rule as its pack names it, such as `AwsSolutions-S1`
 */
export function acknowledge(scope: IConstruct, id: string, reason: string): void {
  Validations.of(scope).acknowledge({ id, reason });
}
