import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type TableState, type Verdict, judge } from '../../schema/private/evolution';
import { flattenFields } from '../../schema/private/evolution/columns';
import { illegal } from '../../schema/private/evolution/verdict';
import { columnsOf } from './guard-decision';
import {
  Refusal,
  type TableSources,
  isDenied,
  messageOf,
  nameOf,
  patiently,
  readMetadataFile,
  stateOf,
} from './table-metadata';

/** Where a table stands in S3 Tables. */
export interface S3TableIdentity {
  readonly tableBucketArn: string;
  readonly namespace: string;
  readonly tableName: string;
}

/** As much of AWS as is asked about a table of S3 Tables. */
export interface S3TableSources extends Pick<TableSources, 'getObject' | 'pause'> {
  /** S3 Tables' GetTableMetadataLocation; undefined when the table has no metadata yet. */
  getS3TableMetadataLocation(identity: S3TableIdentity): Promise<string | undefined>;
}

/** Whether the table of an event is one of S3 Tables. */
export function standsInTableBucket({ ResourceProperties }: CloudFormationCustomResourceEvent): boolean {
  return ResourceProperties.TableBucketArn !== undefined;
}

/**
 * What stands against the deployment of a table of S3 Tables; nothing when it may go on.
 *
 * While CloudFormation has the table, no change may reach its template, for that would replace the table by an empty one.
 * Once it has let go, the table evolves first, in an engine, and code may not say what the table is not.
 */
export async function judgeS3Table(
  sources: TableSources & S3TableSources,
  event: CloudFormationCustomResourceEvent,
): Promise<Verdict[]> {
  const desired = deploymentOf(event.ResourceProperties);
  const deployed = event.RequestType === 'Update' ? deploymentOf(event.OldResourceProperties) : undefined;
  if (!desired.creates) {
    if (deployed?.creates && !deployed.keeps) throw new Refusal(WOULD_BE_DELETED);
    return differencesToTable(await currentState(sources, desired), desired);
  }
  if (deployed === undefined) return [];
  if (!deployed.creates) {
    throw new Refusal('CloudFormation would create it, and it exists; give existingTable again.');
  }
  return changesOfTemplate(deployed, desired);
}

/** What one deployment says of the table. */
interface S3TableDeployment extends S3TableIdentity {
  readonly name: string;
  readonly state: TableState;
  /** CloudFormation creates the table. */
  readonly creates: boolean;
  /** It keeps the table when that goes from the template. */
  readonly keeps: boolean;
}

function deploymentOf(properties: Record<string, unknown>): S3TableDeployment {
  return {
    tableBucketArn: String(properties.TableBucketArn),
    namespace: String(properties.DatabaseName),
    tableName: String(properties.TableName),
    name: `${properties.DatabaseName}.${properties.TableName}`,
    state: JSON.parse(String(properties.Table)) as TableState,
    creates: properties.Creates === 'true',
    keeps: properties.Keeps === 'true',
  };
}

const WOULD_BE_DELETED =
  'CloudFormation lets go of it by deleting it, rows and all, for it was deployed as a sandbox; deploy it once with ' +
  'DeploymentProfile.PRODUCTION, which keeps it, and give existingTable then.';

/** Another namespace or name is a rename, which S3 Tables does in place. */
function changesOfTemplate(deployed: S3TableDeployment, desired: S3TableDeployment): Verdict[] {
  if (deployed.tableBucketArn !== desired.tableBucketArn) {
    return [
      illegal(
        'replace-table',
        desired.name,
        `it would stand in ${desired.tableBucketArn} instead of ${deployed.tableBucketArn}, as a new and empty table`,
        'put the bucket back, or declare another table there and copy the rows.',
      ),
    ];
  }
  return verdictsOn(deployed.state, desired.state).map((verdict) =>
    verdict.legal
      ? illegal(
          'replace-table',
          verdict.subject,
          `${verdict.message}, which CloudFormation does to a table of S3 Tables by replacing it with an empty one`,
          `put it back, or ${inTheTable(verdict, desired)} and give existingTable, by which CloudFormation lets go of the table.`,
        )
      : verdict,
  );
}

/** What code says and the table is not. What writers have beyond it stays, for nobody takes it away. */
function differencesToTable(current: TableState, desired: S3TableDeployment): Verdict[] {
  const { sortFields, properties, location } = current;
  const after = { ...desired.state, sortFields, properties, location };
  const ids = new Map(flattenFields(current.fields).map(({ id, path }) => [path, id]));
  return verdictsOn(current, after)
    .filter(({ rule }) => !OF_WRITERS.has(rule))
    .map((verdict) => {
      const id = verdict.rule === 'add-column' ? ids.get(verdict.subject) : undefined;
      if (id !== undefined) {
        return illegal(
          'other-column-id',
          verdict.subject,
          `${verdict.message}, and the table has a column of that name with id ${id}`,
          "take the table's over: npx data-patterns schema adopt TABLE --metadata with its newest metadata file.",
        );
      }
      return verdict.legal
        ? illegal(
            'not-in-table',
            verdict.subject,
            `${verdict.message}, and the table is not so yet`,
            `${inTheTable(verdict, desired)}, and deploy again.`,
          )
        : verdict;
    });
}

const OF_WRITERS = new Set([
  'drop-column',
  'drop-partition-source',
  'drop-identifier-field',
  'remove-partition-field',
  'reorder-columns',
  'reorder-partition-fields',
  'describe-column',
]);

/** Drops and renames are the ledger's to permit, and it has. */
function verdictsOn(before: TableState, after: TableState): Verdict[] {
  const known = columnsOf(before);
  const renames = [...columnsOf(after).values()].flatMap(({ id, path, name }) => {
    const earlier = known.get(id);
    return earlier && earlier.name !== name ? [{ from: earlier.path, to: path }] : [];
  });
  return judge(before, after, { drops: after.retiredColumns.map(({ path }) => path), renames });
}

/** What Spark calls the changes; Iceberg's extensions of its SQL know them all. */
const CLAUSES: Readonly<Record<string, string>> = {
  'add-column': 'ADD COLUMN',
  'drop-column': 'DROP COLUMN',
  'rename-column': 'RENAME COLUMN',
  'widen-type': 'ALTER COLUMN ... TYPE',
  'make-optional': 'ALTER COLUMN ... DROP NOT NULL',
  'reorder-columns': 'ALTER COLUMN ... AFTER',
  'identifier-fields': 'SET IDENTIFIER FIELDS',
  'add-partition-field': 'ADD PARTITION FIELD',
  'restore-partition-field': 'ADD PARTITION FIELD',
  'remove-partition-field': 'DROP PARTITION FIELD',
  'rename-partition-field': 'REPLACE PARTITION FIELD',
  'sort-order': 'WRITE ORDERED BY',
  property: 'SET TBLPROPERTIES',
};

function inTheTable({ rule }: Verdict, { name }: S3TableDeployment): string {
  return `change the table itself (in Spark: ALTER TABLE ${name} ${CLAUSES[rule] ?? '...'})`;
}

async function currentState(sources: TableSources & S3TableSources, table: S3TableDeployment): Promise<TableState> {
  const location = await metadataLocation(sources, table);
  if (location === undefined) {
    throw new Refusal(
      `there is no such table with columns in ${table.tableBucketArn}; mend its name, or leave existingTable out, and CloudFormation creates it.`,
    );
  }
  return stateOf(await readMetadataFile(sources, location));
}

async function metadataLocation(sources: S3TableSources, table: S3TableIdentity): Promise<string | undefined> {
  try {
    return await patiently(sources, () => sources.getS3TableMetadataLocation(table));
  } catch (error) {
    if (nameOf(error) === 'NotFoundException') return undefined;
    if (!isDenied(error)) throw error;
    throw new Refusal(
      `the guard may not read it in ${table.tableBucketArn} (${messageOf(error)}); allow its role s3tables:GetTableMetadataLocation and s3tables:GetTableData on the table.`,
    );
  }
}
