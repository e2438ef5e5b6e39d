import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DECLARE_SCHEMAS_CONTEXT,
  DeclaredProduct,
  DeclaredTable,
  DeclaredTopicSchema,
  PRODUCT_METADATA,
  TABLE_METADATA,
  TOPIC_METADATA,
  isDeclaredTable,
} from '../../../lib/schema/private/declaration';
import { UserError } from '../../cli-errors';
import { CdkProject } from './project';

/** A declaration and the construct that made it. */
export interface Declaration extends DeclaredTable {
  /** Path of the construct, e.g. `/TradingLakehouseStack/Lake/Silver`. */
  readonly construct: string;
}

/** What an app declares, in the order of the cloud assembly. */
export interface Declarations {
  readonly tables: Declaration[];
  readonly topics: DeclaredTopicSchema[];
  readonly products: DeclaredProduct[];
}

/**
 * Runs a CDK app in lock mode and gives the tables and topics that it declares.
 *
 * The app synthesizes into a temporary folder, without bundling and validation, which no declaration depends on.
 */
export async function gatherDeclarations(project: CdkProject): Promise<Declarations> {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-data-patterns-schema-'));
  try {
    if (project.build !== undefined) {
      await run("cdk.json: 'build'", project.build, project.folder, process.env);
    }
    await run(project.appOrigin, project.app, project.folder, {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({
        ...project.context,
        [DECLARE_SCHEMAS_CONTEXT]: true,
        'aws:cdk:bundling-stacks': [],
        // Stacks are too large until the ledger says how they are split.
        '@aws-cdk/core:stackResourceLimit': 0,
      }),
    });
    return readAssembly(folder, project.appOrigin);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The declarations in a cloud assembly and the assemblies of its stages.
 *
 * @param origin how messages name the app that left it
 */
export function readAssembly(folder: string, origin: string): Declarations {
  const metadata = metadataIn(folder, origin);
  return {
    tables: metadata.flatMap(declarationsIn),
    topics: metadata.flatMap((each) => dataIn<DeclaredTopicSchema>(each, TOPIC_METADATA)),
    products: metadata.flatMap((each) => dataIn<DeclaredProduct>(each, PRODUCT_METADATA)),
  };
}

function metadataIn(folder: string, origin: string): Metadata[] {
  const manifest = readManifest(folder, origin);
  return Object.values(manifest.artifacts ?? {}).flatMap((artifact) => {
    if (artifact.type === 'cdk:cloud-assembly') {
      return metadataIn(join(folder, String(artifact.properties?.directoryName)), origin);
    }
    const separate =
      artifact.additionalMetadataFile === undefined
        ? {}
        : (JSON.parse(readFileSync(join(folder, artifact.additionalMetadataFile), 'utf8')) as Metadata);
    return [{ ...artifact.metadata, ...separate }];
  });
}

type Metadata = Record<string, { readonly type: string; readonly data?: unknown }[]>;

/** As much of a cloud assembly's manifest as is read here. */
interface Manifest {
  readonly artifacts?: Record<
    string,
    {
      readonly type: string;
      readonly properties?: { readonly directoryName?: string };
      readonly metadata?: Metadata;
      readonly additionalMetadataFile?: string;
    }
  >;
}

function readManifest(folder: string, origin: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  } catch {
    throw new UserError(
      `${origin} ended well but left no cloud assembly; let it call app.synth() and leave 'outdir' to the CDK.`,
    );
  }
}

function declarationsIn(metadata: Metadata): Declaration[] {
  return Object.entries(metadata).flatMap(([construct, entries]) =>
    entries
      .filter((entry) => entry.type === TABLE_METADATA)
      .map(({ data }) => {
        if (!isDeclaredTable(data)) {
          throw new UserError(
            `${construct}: declares its table in another release's form; run the 'data-patterns' of the same cdk-data-patterns that the app imports.`,
          );
        }
        return { ...data, construct };
      }),
  );
}

function dataIn<T>(metadata: Metadata, wanted: string): T[] {
  return Object.values(metadata)
    .flat()
    .filter(({ type }) => type === wanted)
    .map(({ data }) => data as T);
}

async function run(origin: string, command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  // Its own process group, so that what the shell started goes with it.
  const child = spawn(command, { cwd, env, shell: true, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const interrupt = (signal: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid as number), signal);
    } catch {
      // It ended in the meantime.
    }
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const ending = await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => {
        resolve(status === 0 ? undefined : signal === null ? `with exit status ${status}` : `by ${signal}`);
      });
    });
    if (ending !== undefined) {
      throw new UserError(`${origin} (${command}) ended ${ending}: ${reasonIn(output)}`);
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** The line of a program's output that says why it failed. */
function reasonIn(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    // Node's frames, its own version and the caret under the source line say nothing here.
    .filter((line) => !/^(at .*|Node\.js v.*|\^*)$/.test(line));
  const reason = lines.find((line) => /(^|\s)\w*error: /i.test(line)) ?? lines.at(-1);
  return reason ?? 'it printed nothing; run it by itself to see why.';
}
