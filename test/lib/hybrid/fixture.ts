import type { Stack } from 'aws-cdk-lib';
import { DataBucket } from '../../../lib/foundation';
import { SilverSync, type SilverSyncProps } from '../../../lib/hybrid';
import { IcebergTable } from '../../../lib/lakehouse';
import { type Ground, newGround, newPlatform, newWarehouse } from '../warehouse/fixture';

/** A table of a lake, a warehouse beside it, and what brings the one to the other. */
export class SyncFixture {
  readonly ground: Ground;
  private readonly parts: Pick<SilverSyncProps, 'table' | 'warehouse' | 'platform'>;

  constructor(
    private readonly stack: Stack,
    private readonly suffix = '',
  ) {
    this.ground = newGround(stack, suffix);
    const { bucket } = new DataBucket(stack, `Lake${suffix}`, { ...this.ground });
    this.parts = {
      table: IcebergTable.fromIcebergTableAttributes(stack, `Trades${suffix}`, {
        databaseName: 'silver',
        tableName: 'trades',
        bucket,
        prefix: 'silver/trades',
      }),
      warehouse: newWarehouse(
        stack,
        this.ground,
        { schemas: { raw: ['lake'], internal: ['staging'] } },
        `Warehouse${suffix}`,
      ),
      platform: newPlatform(stack, this.ground, `Tasks${suffix}`),
    };
  }

  newSync(id: string, props: Partial<SilverSyncProps> = {}): SilverSync {
    return new SilverSync(this.stack, `${id}${this.suffix}`, { ...this.parts, key: ['trade_id'], ...props });
  }
}
