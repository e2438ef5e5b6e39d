import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { required } from './environment';

/**
 * A Kafka client that authenticates itself as the topic's other clients do.
 *
 * @param properties as Java clients have them: `security.protocol` and, for IAM, `sasl.mechanism`
 * @throws for a protocol or mechanism that needs more than these
 */
export function kafkaClient(
  clientId: string,
  bootstrapServers: string,
  properties: { readonly protocol: string; readonly mechanism?: string },
  limits: Pick<KafkaConfig, 'connectionTimeout' | 'requestTimeout' | 'retry'> = {},
): Kafka {
  return new Kafka({
    clientId,
    brokers: bootstrapServers.split(','),
    logLevel: logLevel.ERROR,
    ...security(properties.protocol, properties.mechanism),
    ...limits,
  });
}

/** A client of the brokers that the environment names, as lib/ports/private/kafka-environment.ts writes it. */
export function kafkaFromEnvironment(clientId: string, limits?: Parameters<typeof kafkaClient>[3]): Kafka {
  const [protocol, mechanism] = [required('KAFKA_SECURITY_PROTOCOL'), process.env.KAFKA_SASL_MECHANISM];
  return kafkaClient(clientId, required('BOOTSTRAP_SERVERS'), { protocol, mechanism }, limits);
}

function security(protocol: string, mechanism: string | undefined): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  if (protocol === 'PLAINTEXT') return { ssl: false };
  if (protocol === 'SSL') return { ssl: true };
  if (protocol === 'SASL_SSL' && mechanism === 'AWS_MSK_IAM') {
    const region = process.env.AWS_REGION ?? '';
    return {
      ssl: true,
      sasl: {
        mechanism: 'oauthbearer',
        oauthBearerProvider: async () => ({ value: (await generateAuthToken({ region })).token }),
      },
    };
  }
  throw new Error(
    `Kafka security '${protocol}' with mechanism '${mechanism}' is not spoken here; use IAM, TLS or none.`,
  );
}
