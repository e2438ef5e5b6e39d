import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { YamlFileError } from '../../../lib/foundation/private/yaml-file';
import type { DataProductContract } from '../../../lib/mesh';
import { meshFindings } from '../../../lib/mesh/private/mesh-rules';
import { CONTENT_SECURITY_POLICY, CONTENT_TYPES } from '../../../lib/mesh/portal/private/security-headers';
import { DEFAULT_PORTAL_NAME, portalSite } from '../../../lib/mesh/portal/private/site';
import { UserError } from '../../cli-errors';
import { makeFolder } from '../../make-folder';
import { readContract } from './contract-files';

interface PortalOptions {
  readonly name: string;
  readonly out?: string;
  readonly port: string;
}

interface LinkOptions {
  readonly key: string;
  readonly keyId: string;
  readonly hours: string;
}

/** Adds `product portal` and `product portal-link`. */
export function registerPortalCommands(product: Command): void {
  product
    .command('portal')
    .description('show the portal of these products at 127.0.0.1, or write it to a folder')
    .argument('<FILE...>', 'contracts, such as products/*/data-product.yaml')
    .option('--name <NAME>', 'what the portal is called', DEFAULT_PORTAL_NAME)
    .option('--out <DIR>', 'write the site to this folder, which must be empty or new, instead of showing it')
    .option('--port <NUMBER>', 'where to show it; 0 takes a free port', '0')
    .action(showPortal);

  product
    .command('portal-link')
    .description('sign a link that lets whoever has it into a deployed portal, for some hours')
    .argument('<URL>', 'address of the portal, the output PortalUrl of its stack')
    .requiredOption('--key <FILE>', 'the private key whose public half the portal was given (PEM)')
    .requiredOption('--key-id <ID>', 'the output PortalKeyId of its stack')
    .option('--hours <NUMBER>', 'how long the link and what it opens are good for', '8')
    .action(printLink);
}

async function showPortal(files: string[], { name, out, port }: PortalOptions): Promise<void> {
  const contracts = files.map(readContract);
  refuseFindings(contracts);
  const site = portalSite(contracts, name);
  if (out !== undefined) return writeSite(out, site);
  const server = await serveSite(site, portOf(port));
  const { port: taken } = server.address() as AddressInfo;
  process.stdout.write(`http://127.0.0.1:${taken}/ shows ${contracts.length} product(s); stop it with Ctrl+C.\n`);
}

/** What `product lint` finds between the files; what none of them is may be elsewhere. */
function refuseFindings(contracts: readonly DataProductContract[]): void {
  const errors = meshFindings(contracts).map(
    ({ contract, at, sentence }) => new YamlFileError(contract.file, [contract._problemAt(at, sentence)]).message,
  );
  if (errors.length > 0) throw new UserError(errors.join('\n'));
}

function writeSite(folder: string, site: ReadonlyMap<string, string>): void {
  try {
    makeFolder(folder);
    if (readdirSync(folder).length > 0) {
      throw new UserError(`${folder} is not empty; choose another folder, or remove what is in it.`);
    }
    for (const [name, text] of site) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${folder} cannot be written (${(error as NodeJS.ErrnoException).code}); choose another place.`,
    );
  }
  process.stdout.write(`${folder}: ${site.size} files; a web server shows them, a browser without one does not.\n`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UserError(`--port is '${text}'; give a number up to 65535, or 0 for a free one.`);
}

/** Serves the site from memory with the headers that the deployed one has, to this machine alone. */
async function serveSite(site: ReadonlyMap<string, string>, port: number): Promise<Server> {
  const compressed = new Map<string, Buffer>();
  const server = createServer(({ url = '/', method }, response) => {
    const { pathname } = new URL(url, 'http://127.0.0.1');
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    const text = site.get(name);
    if (text === undefined || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('There is no such page.\n');
      return;
    }
    const body = compressed.get(name) ?? gzipSync(text);
    compressed.set(name, body);
    response
      .writeHead(200, {
        'content-type': CONTENT_TYPES[path.extname(name).slice(1)],
        'content-encoding': 'gzip',
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      })
      .end(method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new UserError(`port ${port} cannot be used (${error.code}); give another --port, or none.`)),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

async function printLink(url: string, options: LinkOptions): Promise<void> {
  const hours = Number(options.hours);
  if (!(hours > 0 && hours <= 168)) {
    throw new UserError(`--hours is '${options.hours}'; give a number above 0 and up to 168, which is a week.`);
  }
  const until = new Date(Date.now() + hours * 3_600_000);
  const { portalLink } = await import('./portal-link');
  process.stdout.write(`${portalLink(url, readKey(options.key), options.keyId, until)}\n`);
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}); check the path.`);
  }
}
