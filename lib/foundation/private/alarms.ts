import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IDataKey } from '../data-key';
import { alarmText } from './runbook';

/** A topic `Alarms` that alarms of this account publish to, encrypted with the key. */
export function createAlarmTopic(scope: Construct, key: IDataKey): sns.Topic {
  const cloudWatch = new iam.ServicePrincipal('cloudwatch.amazonaws.com');
  // eslint-disable-next-line awscdk/require-passing-this -- stands in the scope of its caller
  const topic = new sns.Topic(scope, 'Alarms', { masterKey: key.key, enforceSSL: true });
  // Without these two an alarm goes off and nobody hears of it: a topic with a policy has lost the default one, and
  // CloudWatch has to encrypt what it publishes.
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html and
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services (2026-11-23)
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [cloudWatch],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  key.key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [cloudWatch],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
    }),
  );
  return topic;
}

/** An alarm `FailureAlarm` that goes off when an execution of a pipeline fails or times out. */
export function createFailureAlarm(
  pipeline: Construct,
  stateMachine: sfn.IStateMachine,
  topic: sns.ITopic,
  runbookUrl?: string,
): cloudwatch.Alarm {
  const period = Duration.minutes(5);

  const alarm = new cloudwatch.Alarm(pipeline, 'FailureAlarm', {
    alarmDescription: alarmText(
      `An execution of ${pipeline.node.path} failed. Read its log, mend the cause, redrive the execution.`,
      'pipeline-failed',
      runbookUrl,
    ),
    metric: new cloudwatch.MathExpression({
      expression: 'failed + timedOut',
      label: 'Executions that did not succeed',
      period,
      usingMetrics: {
        failed: stateMachine.metricFailed({ period }),
        timedOut: stateMachine.metricTimedOut({ period }),
      },
    }),
    threshold: 0,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(topic));
  return alarm;
}
