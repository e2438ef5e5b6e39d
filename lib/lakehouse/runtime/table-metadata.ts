import type { GetTableCommandOutput } from '@aws-sdk/client-glue';
import { gunzipSync } from 'node:zlib';
import { SchemaError } from '../../schema/private/errors';
import { type TableState, tableStateFromMetadata } from '../../schema/private/evolution';

/** Where a table stands in the Glue Data Catalog. */
export interface TableIdentity {
  readonly catalogId: string;
  readonly databaseName: string;
  readonly tableName: string;
}

/** As much of AWS as is asked about a table. */
export interface TableSources {
  /** Glue's GetTable. */
  getTable(identity: TableIdentity): Promise<GetTableCommandOutput>;
  /** The bytes of an object on S3. */
  getObject(bucket: string, key: string): Promise<Uint8Array>;
  /** Waits before the next attempt. */
  pause(milliseconds: number): Promise<void>;
}

/** A reason not to let a deployment touch a table: one sentence with the remedy, without the table's name. */
export class Refusal extends Error {
  override readonly name = 'Refused';
}

// A grant that came with this very deployment takes seconds to be known everywhere.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
const PAUSES = [1_000, 2_000, 4_000, 8_000];
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * The Iceberg metadata that the catalog names as the table's current one.
 *
 * @param location where the deployment says that the table's files are, `s3://bucket/prefix`
 * @returns the parsed metadata file; undefined when the catalog has no such table
 * @throws Refusal when there is a table, and it cannot be judged
 */
export async function readTableMetadata(
  sources: TableSources,
  identity: TableIdentity,
  location: string,
): Promise<object | undefined> {
  const metadataLocation = await findMetadata(sources, identity);
  if (metadataLocation === undefined) return undefined;
  const folder = `${location.replace(/\/$/, '')}/metadata/`;
  if (!metadataLocation.startsWith(folder)) {
    throw new Refusal(
      `its metadata is ${metadataLocation} and the deployment says ${folder}; Iceberg refers to its files by absolute ` +
        'path, so put bucket and prefix back, or migrate the rows into a new table.',
    );
  }
  return readMetadataFile(sources, metadataLocation);
}

/**
 * @param uri of the metadata file, `s3://bucket/key`
 * @returns the parsed file
 * @throws Refusal when it is gone, may not be read, or is something else
 */
export async function readMetadataFile(sources: TableSources, uri: string): Promise<object> {
  return parseMetadata(await readFile(sources, uri), uri);
}

/**
 * The state of a table by its metadata.
 *
 * @throws Refusal when a member of the metadata is missing or cannot be
 */
export function stateOf(metadata: object): TableState {
  try {
    return tableStateFromMetadata(metadata);
  } catch (error) {
    throw error instanceof SchemaError ? new Refusal(error.message) : error;
  }
}

async function findMetadata(sources: TableSources, identity: TableIdentity): Promise<string | undefined> {
  try {
    const { Table } = await patiently(sources, () => sources.getTable(identity));
    const location = Table?.Parameters?.metadata_location;
    if (location === undefined || Table?.Parameters?.table_type?.toUpperCase() !== 'ICEBERG') {
      throw new Refusal(
        'there is a table of that name that is not an Iceberg table; give the new one another name, or drop the other from the catalog.',
      );
    }
    return location;
  } catch (error) {
    if (nameOf(error) === 'EntityNotFoundException') return undefined;
    if (!isDenied(error)) throw error;
    throw new Refusal(
      `the guard may not read it in the Glue catalog (${messageOf(error)}); allow its role glue:GetTable, and DESCRIBE in Lake Formation where that governs the database.`,
    );
  }
}

async function readFile(sources: TableSources, uri: string): Promise<Uint8Array> {
  const { bucket, key } = objectOf(uri);
  try {
    return await patiently(sources, () => sources.getObject(bucket, key));
  } catch (error) {
    if (nameOf(error) === 'NoSuchKey' || nameOf(error) === 'NoSuchBucket') {
      throw new Refusal(
        `its metadata file ${uri} is gone; bring the deleted version of the object back, or point the catalog to the newest metadata file that is left.`,
      );
    }
    if (!isDenied(error)) throw error;
    throw new Refusal(
      `its metadata file ${uri} is gone or the guard may not read it (${messageOf(error)}); restore the file, or allow the guard's role s3:GetObject on it and kms:Decrypt on its key.`,
    );
  }
}

/** Bucket and key of `s3://bucket/key`. */
export function objectOf(uri: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key] = /^s3a?:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  return { bucket, key };
}

/**
 * The content of a metadata file, compressed or not.
 *
 * @param uri of the file
 * @throws Refusal when it is something else
 */
export function parseMetadata(content: Uint8Array, uri: string): object {
  try {
    const bytes = GZIP_MAGIC.every((byte, index) => content[index] === byte) ? gunzipSync(content) : content;
    const metadata: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof metadata === 'object' && metadata !== null && 'format-version' in metadata) return metadata;
  } catch {
    // Said below.
  }
  throw new Refusal(
    `its metadata file ${uri} is not Iceberg metadata; point the catalog to the newest metadata file that an engine can read.`,
  );
}

/** Does the work again while it is denied: a permission may be on its way. */
export async function patiently<T>(sources: Pick<TableSources, 'pause'>, work: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await work();
    } catch (error) {
      if (!isDenied(error)) throw error;
      await sources.pause(pause);
    }
  }
  return work();
}

export function isDenied(error: unknown): boolean {
  return ['AccessDenied', 'AccessDeniedException', 'ForbiddenException'].includes(nameOf(error));
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
