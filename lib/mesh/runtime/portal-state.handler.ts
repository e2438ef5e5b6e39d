import { CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type DomainToAsk, portalState } from './portal-state';

interface PortalStateEvent {
  readonly bucketName: string;
  readonly key: string;
  readonly domains: readonly DomainToAsk[];
}

const s3 = new S3Client();
const sts = new STSClient();

/** Writes beside the portal's pages which promises are kept. */
export async function handler({ bucketName, key, domains }: PortalStateEvent): Promise<void> {
  const state = await portalState(domains, alarmsOf, new Date());
  await s3.send(
    new PutObjectCommand({
      Bucket: bucketName,
      Key: key,
      Body: JSON.stringify(state),
      ContentType: 'application/json; charset=utf-8',
      CacheControl: 'max-age=60',
    }),
  );
}

async function alarmsOf(RoleArn: string): Promise<MetricAlarm[]> {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'data-mesh-portal' }));
  const client = new CloudWatchClient({
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken,
    },
  });
  const found: MetricAlarm[] = [];
  for await (const page of paginateDescribeAlarms({ client, pageSize: 100 }, { AlarmTypes: ['MetricAlarm'] })) {
    found.push(...(page.MetricAlarms ?? []));
  }
  return found;
}
