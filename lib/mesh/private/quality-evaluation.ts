import { type Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeInlinePolicy } from '../../foundation/private/acknowledge';
import { rateOf, StartSchedule } from '../../foundation/private/start-schedule';
import type { IcebergTable } from '../../lakehouse';

/** A table whose rules are evaluated. */
export interface Evaluated {
  readonly table: IcebergTable;
  readonly rulesetName: string;
  readonly every: Duration;
}

/** Has Glue Data Quality evaluate the rules of a domain's products, under one role that reads their tables. */
export class QualityEvaluation extends Construct {
  private role?: iam.Role;

  /** Evaluates the rules of a table from now on. */
  public add(product: Construct, { table, rulesetName, every }: Evaluated): void {
    const role = this.roleOf();
    const { partition } = Stack.of(this);
    const rulesetArn = Stack.of(this).formatArn({
      service: 'glue',
      resource: 'dataQualityRuleset',
      resourceName: rulesetName,
    });
    table.grantRead(role);
    iam.Grant.addToPrincipal({
      grantee: role,
      // https://docs.aws.amazon.com/glue/latest/dg/data-quality-authorization.html (not verified on AWS)
      actions: ['glue:GetDataQualityRuleset', 'glue:GetDataQualityRulesetEvaluationRun', 'glue:PublishDataQuality'],
      resourceArns: [rulesetArn],
    });
    // eslint-disable-next-line awscdk/require-passing-this -- it goes with the product
    new StartSchedule(product, `Evaluation-${table.tableName}`, {
      description: `Evaluates the rules of ${table.tableName}`,
      expression: rateOf(product.node.path, every),
      targetArn: `arn:${partition}:scheduler:::aws-sdk:glue:startDataQualityRulesetEvaluationRun`,
      input: Stack.of(this).toJsonString({
        DataSource: { GlueTable: { DatabaseName: table.databaseName, TableName: table.tableName } },
        Role: role.roleArn,
        RulesetNames: [rulesetName],
      }),
      grantStart: (grantee) =>
        role.grantPassRole(grantee.grantPrincipal).combine(
          iam.Grant.addToPrincipal({
            grantee,
            actions: ['glue:StartDataQualityRulesetEvaluationRun'],
            resourceArns: [rulesetArn],
          }),
        ),
    });
  }

  /** Made with the first product: a domain without rules has no use for it. */
  private roleOf(): iam.Role {
    if (this.role) return this.role;
    this.role = new iam.Role(this, 'Role', {
      description: 'Evaluates the rules of data products',
      assumedBy: new iam.ServicePrincipal('glue.amazonaws.com'),
    });
    acknowledgeInlinePolicy(this.role);
    return this.role;
  }
}
