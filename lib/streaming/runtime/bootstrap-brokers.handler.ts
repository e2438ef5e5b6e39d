import { GetBootstrapBrokersCommand, KafkaClient } from '@aws-sdk/client-kafka';
import { customResourceHandler, textProperty } from '../../foundation/runtime/custom-resource';

const kafka = new KafkaClient();

/** Gives the attribute `BootstrapServers`: where clients with IAM authentication reach an MSK cluster. */
export const handler = customResourceHandler(async (event) => {
  const clusterArn = textProperty(event, 'ClusterArn');
  const physicalResourceId = `${clusterArn}/bootstrap-servers`;
  if (event.RequestType === 'Delete') return { physicalResourceId };

  const brokers = await kafka.send(new GetBootstrapBrokersCommand({ ClusterArn: clusterArn }));
  const servers = brokers.BootstrapBrokerStringSaslIam;
  if (!servers) {
    throw new Error(`${clusterArn} has no bootstrap servers for IAM authentication; switch SASL/IAM on in the cluster`);
  }
  // MSK gives them in any order; sorted, the attribute changes only when a server does.
  return { physicalResourceId, data: { BootstrapServers: servers.split(',').sort().join(',') } };
});
