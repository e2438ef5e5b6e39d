import type { Construct } from 'constructs';
import { type IWarehouse, WarehouseEngine } from '../../ports';

/**
 * A task's image has the clients of one engine.
 *
 * @param carried the engine
 * @throws when the warehouse is another
 */
export function requireClients(task: Construct, { engine }: IWarehouse, carried = WarehouseEngine.REDSHIFT): void {
  if (engine === carried) return;
  throw new Error(
    `${task.node.path}: the warehouse is of the engine '${engine}', and the image of the tasks has the clients of ` +
      `'${carried}'; give the TaskPlatform the engine of the warehouse, or load and transform it with a task of your own, ` +
      'which takes its clientEnvironment and a grant.',
  );
}
