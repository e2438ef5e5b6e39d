import type { EnvironmentDifference } from './report/model';

/** What a rehearsal does otherwise than AWS, for the report. */
export function environmentDifferences(
  sparkOverrides: { readonly [property: string]: string },
  trinoVersion?: string,
): EnvironmentDifference[] {
  const athena = trinoVersion === undefined ? 'DuckDB reads' : `DuckDB and Trino ${trinoVersion} read`;
  return [
    {
      what: 'Amazon MSK',
      onAws: 'the deployed cluster, TLS and IAM',
      here: 'Apache Kafka, one node, plain text on 127.0.0.1',
    },
    {
      what: 'Functions that send to Kafka',
      onAws: 'KAFKA_SECURITY_PROTOCOL as deployed',
      here: 'KAFKA_SECURITY_PROTOCOL=PLAINTEXT',
    },
    { what: 'AWS Glue jobs', onAws: 'the workers that the job asks for', here: 'Apache Spark, local[2], 2 GB' },
    { what: 'Amazon Athena', onAws: 'Athena engine version 3', here: `${athena} the same tables` },
    { what: 'Retries and waits of AWS Step Functions', onAws: 'as declared', here: 'a tenth of it' },
    ...Object.entries(sparkOverrides).map(([property, here]) => ({
      what: `Spark: ${property}`,
      onAws: 'as deployed',
      here,
    })),
  ];
}

/** What cannot be enforced here, so that nobody takes its absence for a pass. */
export const NOT_ENFORCED: readonly string[] = [
  'IAM and TLS of Kafka are not in play.',
  'The roles of EventBridge rules and of CloudFormation (cfn-exec) are not in play, nor is iam:PassRole.',
  'Requests go over plain HTTP and count as sent over TLS.',
  'Recorded resources were accepted by the emulator, and are not evidence of how they behave on AWS.',
];
