import { AwsConnection, callAws } from '../../../aws';

/**
 * How often an Iceberg table was committed to: the number that its current metadata file begins with.
 *
 * @param table `database.table`
 */
export async function tableVersion(connection: AwsConnection, table: string): Promise<number> {
  const [DatabaseName, Name] = table.split('.');
  const { Table } = await callAws<{ Table: { Parameters?: { metadata_location?: string } } }>(
    connection,
    'glue',
    'AWSGlue.GetTable',
    { DatabaseName, Name },
  );
  const location = Table.Parameters?.metadata_location ?? '';
  const version = /\/(\d+)-[^/]*\.metadata\.json/.exec(location);
  if (version === null) {
    throw new Error(`${table}: its metadata_location '${location}' has no version`);
  }
  return Number(version[1]);
}
