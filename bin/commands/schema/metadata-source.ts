import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { SchemaError } from '../../../lib/schema/private/errors';
import { TableState, tableStateFromMetadata } from '../../../lib/schema/private/evolution';
import { lineOfJsonError } from '../../../lib/schema/private/json-line';
import { UserError } from '../../cli-errors';

// The SDK that is bundled here runs on Node 20; what it says of its later versions is no business of who adopts a table.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** A table of the Glue Data Catalog. */
export interface GlueTable {
  readonly catalogId?: string;
  readonly database: string;
  readonly table: string;
}

/** A table as its current metadata file describes it. */
export interface TableMetadata {
  /** Where the file is: a path, or `s3://bucket/key`. */
  readonly location: string;
  readonly state: TableState;
}

/** Reads a metadata file from the disk or from S3. */
export async function readMetadata(location: string): Promise<TableMetadata> {
  const bytes = location.startsWith('s3://') ? await readObject(location) : readLocalFile(location);
  return { location, state: parseMetadata(bytes, location) };
}

/** Reads the metadata file that the Glue catalog names as the table's current one. */
export async function readGlueTable({ catalogId, database, table }: GlueTable): Promise<TableMetadata> {
  const { GlueClient, GetTableCommand } = await import('@aws-sdk/client-glue');
  const name = `Glue table ${database}.${table}`;
  const input = { CatalogId: catalogId, DatabaseName: database, Name: table };
  const { Table } = await asked(name, () => new GlueClient().send(new GetTableCommand(input)));
  const parameters = Table?.Parameters ?? {};
  if (parameters.table_type?.toUpperCase() !== 'ICEBERG' || parameters.metadata_location === undefined) {
    throw new UserError(`${name}: is not an Iceberg table; name one that is.`);
  }
  return readMetadata(parameters.metadata_location);
}

async function readObject(uri: string): Promise<Uint8Array> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new UserError(`${uri}: is no object on S3; write s3://bucket/prefix/metadata/NAME.metadata.json.`);
  }
  const { S3Client, GetObjectCommand } = await import('@aws-sdk/client-s3');
  // An endpoint that stands for AWS seldom has a host name for every bucket.
  const forcePathStyle = (process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined;
  return asked(uri, async () => {
    const { Body } = await new S3Client({ forcePathStyle }).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body === undefined ? new Uint8Array() : Body.transformToByteArray();
  });
}

async function asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const { name, message } = error as Error;
    throw new UserError(
      `${what}: cannot be read (${name}: ${message}); check the name, AWS_REGION and the credentials, which need glue:GetTable, s3:GetObject and kms:Decrypt.`,
    );
  }
}

function readLocalFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError(`${file}: cannot be read (${(error as Error).message}); name the table's metadata file.`);
  }
}

function parseMetadata(bytes: Uint8Array, location: string): TableState {
  const text = decoded(bytes, location);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const line = lineOfJsonError(text, error);
    throw new UserError(
      `${location}${line === undefined ? '' : `:${line}`}: is not valid JSON; name the table's newest NAME.metadata.json.`,
    );
  }
  try {
    return tableStateFromMetadata(json);
  } catch (error) {
    throw error instanceof SchemaError ? new UserError(`${location}: ${error.message}`) : error;
  }
}

/** Engines may compress the file: `write.metadata.compression-codec`. */
function decoded(bytes: Uint8Array, location: string): string {
  try {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return new TextDecoder('utf-8', { fatal: true }).decode(isGzip ? gunzipSync(bytes) : bytes);
  } catch {
    throw new UserError(
      `${location}: is neither text nor compressed text; name the table's newest NAME.metadata.json.`,
    );
  }
}
