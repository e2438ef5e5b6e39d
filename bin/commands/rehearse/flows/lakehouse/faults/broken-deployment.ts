import { AwsConnection, callAws } from '../../../aws';
import type { ReportedCheck } from '../../../report/model';
import { editedAssembly } from '../../../faults/edited-assembly';
import { tableVersion } from './table-version';

interface TemplateResource {
  readonly Type: string;
  readonly Properties: {
    Description?: string;
    readonly OpenTableFormatInput?: {
      readonly IcebergInput?: { readonly IcebergTableInput?: { Properties?: { [name: string]: string } } };
    };
  };
  readonly DependsOn?: readonly string[];
}

const CHANGE = 'changed by a deployment that fails';

/** A data catalog of a type that does not exist: CloudFormation finds out when it comes to it. */
const REFUSED = {
  Type: 'AWS::Athena::DataCatalog',
  Properties: { Name: 'refused', Type: 'NO_SUCH_TYPE' },
};

/**
 * A copy of a cloud assembly whose deployment fails half-way: every table and job changes, then a resource is refused.
 *
 * @returns the folder of the copy
 */
export function brokenAssembly(assembly: string, stackName: string, copy: string): string {
  return editedAssembly(assembly, stackName, copy, ({ Resources }) => {
    const changed = Object.keys(Resources).filter((logicalId) => change(Resources[logicalId] as TemplateResource));
    Resources.Refused = { ...REFUSED, DependsOn: changed };
  });
}

function change({ Type, Properties }: TemplateResource): boolean {
  const table = Properties?.OpenTableFormatInput?.IcebergInput?.IcebergTableInput;
  if (table !== undefined) {
    table.Properties = { ...table.Properties, changed: CHANGE };
  } else if (Type === 'AWS::Glue::Job') {
    Properties.Description = CHANGE;
  }
  return table !== undefined || Type === 'AWS::Glue::Job';
}

/**
 * Deploys, expects the deployment to fail and to be rolled back, and compares the tables with what they were.
 *
 * @param tables `database.table`
 * @param deploy rejects with what the CDK CLI tells
 */
export async function failDeployment(
  connection: AwsConnection,
  tables: readonly string[],
  deploy: () => Promise<unknown>,
): Promise<ReportedCheck> {
  const definitions = async () =>
    JSON.stringify(await Promise.all(tables.map((table) => definition(connection, table))));
  const versions = async () => (await Promise.all(tables.map((table) => tableVersion(connection, table)))).join();
  const [before, versionsBefore] = [await definitions(), await versions()];
  const ending = await deploy().then(
    () => 'it succeeded',
    (error: Error) => (error.message.includes('NO_SUCH_TYPE') ? 'it failed' : error.message),
  );
  const same = (await definitions()) === before;
  // Changed and changed back: otherwise the deployment failed before it came to the tables.
  const wasChanged = (await versions()) !== versionsBefore;
  return {
    name: 'fault: a deployment fails half-way',
    expected: 'it failed; the tables, which it had changed, are as they were',
    actual: `${ending}; the tables, which it had ${wasChanged ? '' : 'not '}changed, are ${same ? 'as they were' : 'others'}`,
    passed: ending === 'it failed' && wasChanged && same,
  };
}

/** Columns and properties of a table; where its metadata lies changes with every commit, also with those of a rollback. */
async function definition(connection: AwsConnection, table: string): Promise<unknown> {
  const [DatabaseName, Name] = table.split('.');
  const { Table } = await callAws<{ Table: { StorageDescriptor?: { Columns?: unknown }; Parameters?: object } }>(
    connection,
    'glue',
    'AWSGlue.GetTable',
    { DatabaseName, Name },
  );
  const parameters = Object.entries(Table.Parameters ?? {}).filter(([name]) => !name.endsWith('metadata_location'));
  return [Table.StorageDescriptor?.Columns, parameters.sort()];
}
