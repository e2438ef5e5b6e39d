import { Duration } from 'aws-cdk-lib';
import { MedallionLayer, TableMaintenance, type TableMaintenanceProps } from '../../../lib/lakehouse';
import { byDay, newLake, newStack, only, rawSchema, resources, statements, tradeSchema, type Json } from './fixture';

function maintained(props: Partial<TableMaintenanceProps> = {}, region?: string) {
  const stack = newStack(region ? { env: { region, account: '111122223333' } } : {});
  const lake = newLake(stack);
  const bronze = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
  const schema = tradeSchema.conformed();
  const silver = lake.addTable(MedallionLayer.SILVER, { tableName: 'trades', schema, partitionedBy: byDay });
  return { stack, bronze, silver, maintenance: new TableMaintenance(stack, 'Maintenance', { lake, ...props }) };
}

function optimizers(stack: ReturnType<typeof newStack>): Record<string, Json> {
  const found = Object.values(resources(stack, 'AWS::Glue::TableOptimizer'));
  return Object.fromEntries(found.map(({ Properties }) => [Properties.Type, Properties]));
}

describe('a table that nobody reads commit by commit', () => {
  const { stack, silver, maintenance } = maintained();
  maintenance.addTable(silver);

  test('gets the three optimizers of the catalog, and no job', () => {
    expect(Object.keys(optimizers(stack)).sort()).toEqual(['compaction', 'orphan_file_deletion', 'retention']);
    expect(resources(stack, 'AWS::Glue::Job')).toEqual({});
  });

  test('keeps snapshots for 14 days, ten at least, and lets their files go', () => {
    expect(optimizers(stack).retention.TableOptimizerConfiguration).toMatchObject({
      Enabled: true,
      RetentionConfiguration: {
        IcebergConfiguration: {
          SnapshotRetentionPeriodInDays: 14,
          NumberOfSnapshotsToRetain: 10,
          CleanExpiredFiles: true,
        },
      },
    });
  });

  test('loses unknown files of its own folder after seven days', () => {
    const { IcebergConfiguration: orphans } =
      optimizers(stack).orphan_file_deletion.TableOptimizerConfiguration.OrphanFileDeletionConfiguration;
    expect(orphans.OrphanFileRetentionPeriodInDays).toBe(7);
    expect(JSON.stringify(orphans.Location)).toContain('/silver/trades');
  });

  test('is touched by a role that only Glue of this account takes on', () => {
    const role = Object.values(resources(stack, 'AWS::IAM::Role')).find(({ Properties }) =>
      Properties.Description?.startsWith('Table optimizers'),
    );
    expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'glue.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ]);
  });

  test('and the role reaches the files and the catalog entry of this table alone', () => {
    const granted = statements(stack).filter(({ Action }) => [Action].flat().includes('s3:DeleteObject'));
    expect(granted.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
      expect.stringContaining('/silver/trades/*'),
    ]);
  });
});

describe('a table that is read commit by commit', () => {
  const { stack, bronze, silver, maintenance } = maintained({
    snapshotRetention: Duration.days(30),
    minimumSnapshots: 3,
  });
  maintenance.addTable(bronze, [{ table: silver, property: 'bronze-snapshot-id' }]);

  test('is never given to the optimizer that expires snapshots by their age alone', () => {
    expect(Object.keys(optimizers(stack)).sort()).toEqual(['compaction', 'orphan_file_deletion']);
  });

  test('has a job every day that knows how far its consumer has read', () => {
    const variables = JSON.stringify(only(stack, 'AWS::Glue::Job').Properties.DefaultArguments['--variables']);
    expect(variables).toContain("summary['cdk-data-patterns.bronze-snapshot-id']");
    expect(variables).toMatch(/retention_days[^,]*30/);
    expect(variables).toMatch(/minimum_snapshots[^,}]*3/);
    expect(only(stack, 'AWS::Scheduler::Schedule').Properties.ScheduleExpression).toBe('rate(1440 minutes)');
  });
});

describe('a region without table optimizers', () => {
  test.each(['us-gov-west-1', 'cn-north-1', 'eu-west-3'])('%s is refused, with the alternative', (region) => {
    expect(() => maintained({}, region)).toThrow(
      new RegExp(
        `Maintenance: The table optimizer of AWS Glue is not available in ${region}. Leave TableMaintenance out and run the procedures of Iceberg in a scheduled SqlJob`,
      ),
    );
  });

  test.each(['us-east-1', 'eu-central-1', undefined])('%s is not', (region) => {
    expect(() => maintained({}, region)).not.toThrow();
  });
});

test.each([
  [{ snapshotRetention: Duration.hours(12) }, /snapshotRetention is 12 hours; give whole days, 1 at least/],
  [{ orphanFileRetention: Duration.days(2) }, /orphanFileRetention is 2 days; give whole days, 3 at least/],
  [{ minimumSnapshots: 0 }, /minimumSnapshots is 0; give a whole number from 1 on/],
])('%o is refused', (props, message) => {
  expect(() => maintained(props)).toThrow(message);
});
