import type { Construct } from 'constructs';
import { type IWarehouse, WarehouseEngine } from '../../ports';

/**
 * The tasks' image has the clients of Redshift alone.
 *
 * @throws when the warehouse is another
 */
export function requireClients(task: Construct, { engine }: IWarehouse): void {
  if (engine === WarehouseEngine.REDSHIFT) return;
  throw new Error(
    `${task.node.path}: the warehouse is of the engine '${engine}', and the image of the tasks has the clients of ` +
      'Redshift alone; load and transform it with a task of your own, which takes its clientEnvironment and a grant.',
  );
}
