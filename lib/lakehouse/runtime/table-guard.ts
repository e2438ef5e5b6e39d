import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { TableState, Verdict } from '../../schema/private/evolution';
import { type CustomResourceResult, textProperty } from '../../foundation/runtime/custom-resource';
import { type Columns, columnsOf, refusalsOf } from './guard-decision';
import { type S3TableSources, judgeS3Table, standsInTableBucket } from './s3-table-decision';
import { Refusal, type TableIdentity, type TableSources, readTableMetadata, stateOf } from './table-metadata';

/** As much of AWS as the guard asks. */
export interface GuardSources extends TableSources, S3TableSources {
  /** Status of a stack, such as `UPDATE_IN_PROGRESS`. */
  stackStatus(stackId: string): Promise<string>;
}

// Several columns may be wrong at once; a person reads so many sentences of them, and so does CloudFormation.
const SHOWN_REFUSALS = 3;

/**
 * Lets CloudFormation go on to a table, or refuses and leaves the table as it is. Runs before the table is created or
 * changed, and only reads.
 *
 * @throws Refusal with a sentence that names the table, what is wrong and what to do
 */
export async function guardTable(
  sources: GuardSources,
  event: CloudFormationCustomResourceEvent,
): Promise<CustomResourceResult> {
  // Nothing was made, so nothing is deleted: neither the table nor a file of it.
  if (event.RequestType === 'Delete') return { physicalResourceId: event.PhysicalResourceId };
  const { DatabaseName, TableName } = event.ResourceProperties;
  const name = `${DatabaseName}.${TableName}`;
  try {
    const judge = standsInTableBucket(event) ? judgeS3Table : judgeTable;
    const refusals = await judge(sources, event);
    if (refusals.length > 0) {
      console.error(JSON.stringify({ table: name, refusals }));
      throw new Refusal(sentences(refusals, textProperty(event, 'LedgerName')));
    }
  } catch (error) {
    if (!(await isRollback(sources, event))) throw named(name, error);
    console.warn(JSON.stringify({ table: name, rollback: named(name, error).message }));
  }
  return { physicalResourceId: name };
}

/** What stands against the deployment of a table of the Glue catalog; nothing when it may go on. */
async function judgeTable(sources: GuardSources, event: CloudFormationCustomResourceEvent): Promise<Verdict[]> {
  const table = identityOf(event.ResourceProperties);
  const desired = JSON.parse(textProperty(event, 'Table')) as TableState;
  const deployed = deployedTable(event, table);
  const metadata = await readTableMetadata(sources, table, desired.location ?? '');
  if (metadata === undefined) {
    if (deployed === undefined) return [];
    throw new Refusal(
      'an earlier deployment created it, and it is not in the Glue catalog any more; register its newest metadata file ' +
        'again, or take it out of the stack, deploy, and add it as a new, empty table.',
    );
  }
  return refusalsOf({ deployed, current: stateOf(metadata), desired }, pastColumns(metadata));
}

/** What the last deployment made of the same table. A table of another name is a new one. */
function deployedTable(event: CloudFormationCustomResourceEvent, table: TableIdentity): TableState | undefined {
  if (event.RequestType !== 'Update') return undefined;
  const old = identityOf(event.OldResourceProperties);
  const isSame = old.databaseName === table.databaseName && old.tableName === table.tableName;
  return isSame ? (JSON.parse(String(event.OldResourceProperties.Table)) as TableState) : undefined;
}

function identityOf(properties: Record<string, unknown>): TableIdentity {
  return {
    catalogId: String(properties.CatalogId),
    databaseName: String(properties.DatabaseName),
    tableName: String(properties.TableName),
  };
}

/** Every column of the table's past, as its latest schema had it. `stateOf` has checked the form. */
export function pastColumns(metadata: object): Columns {
  const { schemas = [] } = metadata as { schemas?: ({ 'schema-id': number } & Pick<TableState, 'fields'>)[] };
  const inOrder = [...schemas].sort((a, b) => a['schema-id'] - b['schema-id']);
  return new Map(inOrder.flatMap((schema) => [...columnsOf(schema)]));
}

/**
 * Whether CloudFormation is taking a failed deployment back. The table goes back to what it was before, and refusing
 * that would leave the stack stuck between two versions. An event does not tell; the stack does.
 */
async function isRollback(sources: GuardSources, event: CloudFormationCustomResourceEvent): Promise<boolean> {
  if (event.RequestType !== 'Update') return false;
  try {
    return (await sources.stackStatus(event.StackId)).endsWith('ROLLBACK_IN_PROGRESS');
  } catch (error) {
    console.error(JSON.stringify({ stack: event.StackId, error: String(error) }));
    return false;
  }
}

function named(table: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Refusal(`${table}: ${message}`), { cause: error });
}

/** @param ledgerName stands in a command for TABLE, which the rules do not know */
function sentences(refusals: Verdict[], ledgerName: string): string {
  const shown = refusals
    .slice(0, SHOWN_REFUSALS)
    .map(({ message, remedy }) => `${message}; ${remedy.replaceAll(/(?<!ALTER )\bTABLE\b/g, ledgerName)}`);
  const more = refusals.length - shown.length;
  return [...shown, ...(more > 0 ? [`And ${more} more, which the log of the guard's function tells.`] : [])].join(' ');
}
