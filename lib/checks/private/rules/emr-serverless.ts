import { all, any, at, given, isTrue, literal, type Outcome, type Rule } from '../rule';
import type { Properties } from '../template';

const TYPES = ['AWS::EMRServerless::Application'];
const PAGE = 'https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/';

/** Rules for Amazon EMR Serverless. */
export const EMR_SERVERLESS: readonly Rule[] = [
  {
    id: 'EmrServerlessNetwork',
    types: TYPES,
    text: 'The EMR Serverless application runs outside of any VPC.',
    remedy: 'Name subnets and security groups in NetworkConfiguration.',
    source: `${PAGE}vpc-access.html (not read)`,
    judge: ({ properties }) =>
      all(['SubnetIds', 'SecurityGroupIds'].map((name) => given(at(properties, 'NetworkConfiguration', name)))),
  },
  {
    id: 'EmrServerlessLogs',
    types: TYPES,
    text: 'The EMR Serverless application keeps no logs of its own: not in S3 and not in CloudWatch Logs.',
    remedy: 'Set MonitoringConfiguration.S3MonitoringConfiguration.LogUri or enable CloudWatchLoggingConfiguration.',
    source: `${PAGE}logging.html (not read)`,
    judge: ({ properties }) => any([given(monitoring(properties, 'S3', 'LogUri')), cloudWatchEnabled(properties)]),
  },
  {
    id: 'EmrServerlessLogEncryption',
    types: TYPES,
    text: 'Logs of the EMR Serverless application are encrypted with a key that is not the account’s own.',
    remedy: 'Set EncryptionKeyArn wherever logs go; ManagedPersistence is such a place unless it is disabled.',
    source: `${PAGE}logging.html (not read)`,
    judge: ({ properties }) =>
      all([
        ifEnabled(given(monitoring(properties, 'S3', 'LogUri')), monitoring(properties, 'S3', 'EncryptionKeyArn')),
        ifEnabled(cloudWatchEnabled(properties), monitoring(properties, 'CloudWatch', 'EncryptionKeyArn')),
        ifEnabled(managedPersistence(properties), monitoring(properties, 'ManagedPersistence', 'EncryptionKeyArn')),
      ]),
  },
  {
    id: 'EmrServerlessAutoStop',
    types: TYPES,
    text: 'The EMR Serverless application does not say that it stops when idle.',
    remedy: 'Enable AutoStopConfiguration with an IdleTimeoutMinutes of 60 at most.',
    source: `${PAGE}application-capacity.html (not read)`,
    judge: ({ properties }) =>
      all([
        literal(at(properties, 'AutoStopConfiguration', 'Enabled'), isTrue),
        literal(at(properties, 'AutoStopConfiguration', 'IdleTimeoutMinutes'), (minutes) => Number(minutes) <= 60),
      ]),
  },
  {
    id: 'EmrServerlessMaximumCapacity',
    types: TYPES,
    text: 'The EMR Serverless application may grow without bound.',
    remedy: 'Set MaximumCapacity.',
    source: `${PAGE}application-capacity.html (not read)`,
    judge: ({ properties }) => all(['Cpu', 'Memory'].map((name) => given(at(properties, 'MaximumCapacity', name)))),
  },
  {
    id: 'EmrServerlessImage',
    types: TYPES,
    text: 'The image of the EMR Serverless application can change under its name.',
    remedy: 'Name the image by its digest: repository@sha256:….',
    source: `${PAGE}using-custom-images.html (not read)`,
    judge: ({ properties }) => {
      const image = at(properties, 'ImageConfiguration', 'ImageUri');
      return image === undefined
        ? 'not-applicable'
        : literal(image, (uri) => /@sha256:[0-9a-f]{64}$/.test(String(uri)));
    },
  },
];

function monitoring(properties: Properties, place: string, name: string): unknown {
  const configuration = place === 'CloudWatch' ? 'CloudWatchLoggingConfiguration' : `${place}MonitoringConfiguration`;
  return at(properties, 'MonitoringConfiguration', configuration, name);
}

function cloudWatchEnabled(properties: Properties): Outcome {
  return literal(monitoring(properties, 'CloudWatch', 'Enabled'), isTrue);
}

// Without a word about it, EMR Serverless keeps logs for 30 days by itself.
function managedPersistence(properties: Properties): Outcome {
  return literal(
    monitoring(properties, 'ManagedPersistence', 'Enabled'),
    (value) => value === undefined || isTrue(value),
  );
}

function ifEnabled(enabled: Outcome, key: unknown): Outcome {
  if (enabled === 'non-compliant') return 'not-applicable';
  const encrypted = given(key);
  return enabled === 'unresolved' && encrypted === 'non-compliant' ? 'unresolved' : encrypted;
}
