import { Names, Token } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { ZeroEtlSyncProps } from '../native-sync-props';
import type { SyncParts } from './sync-parts';

const SOURCE = /^arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:(cluster|db):[a-z][a-z0-9-]*$/;
const FILTER = /^(include|exclude): ?\S+(, ?(include|exclude): ?\S+)*$/;

/** A zero-ETL integration of Amazon RDS, which replicates by itself. */
export function createZeroEtlSync(sync: Construct, props: ZeroEtlSyncProps): SyncParts {
  validate(sync, props);
  const { warehouse, sourceArn, dataFilter } = props;
  const allowed = warehouse._allowIntegration(sourceArn);
  const integration = new rds.CfnIntegration(sync, 'Resource', {
    integrationName: Names.uniqueResourceName(sync, { maxLength: 63, separator: '-' }).toLowerCase(),
    description: `Replicates ${props.sourceName} into the warehouse`,
    sourceArn,
    targetArn: warehouse.namespaceArn,
    dataFilter,
  });
  integration.node.addDependency(allowed);
  return {};
}

function validate(sync: Construct, { sourceArn, dataFilter }: ZeroEtlSyncProps): void {
  if (!Token.isUnresolved(sourceArn) && !SOURCE.test(sourceArn)) {
    throw new Error(
      `${sync.node.path}: sourceArn '${sourceArn}' is that of no cluster of Aurora and no instance of Amazon RDS; write ` +
        "'arn:aws:rds:<region>:<account>:cluster:<name>', or ':db:<name>'.",
    );
  }
  if (dataFilter !== undefined && !Token.isUnresolved(dataFilter) && !FILTER.test(dataFilter)) {
    throw new Error(
      `${sync.node.path}: dataFilter '${dataFilter}' is none; write 'include: <database>.<table>', of PostgreSQL ` +
        "'include: <database>.<schema>.<table>', several separated by commas.",
    );
  }
}
