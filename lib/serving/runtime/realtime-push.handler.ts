import {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { LiveMessage } from './announce';
import { required } from '../../foundation/runtime/environment';

const gateway = new ApiGatewayManagementApiClient({ endpoint: required('CONNECTIONS_URL') });

/**
 * Sends a message to live connections. Stands outside of the network, for no interface endpoint leads to the connections
 * of a WebSocket API.
 */
export async function handler({ connections, message }: LiveMessage): Promise<void> {
  await Promise.all(connections.map((id) => post(id, message)));
}

async function post(id: string, message: string): Promise<void> {
  try {
    await gateway.send(new PostToConnectionCommand({ ConnectionId: id, Data: Buffer.from(message) }));
  } catch (error) {
    // Who has gone is forgotten by the store in time.
    if (!(error instanceof GoneException)) throw error;
  }
}
