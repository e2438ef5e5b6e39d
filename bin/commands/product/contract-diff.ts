import type { DataProductContract } from '../../../lib/mesh';
import { interfacesOf } from '../../../lib/mesh/private/interfaces';
import { change, changesBetween, type ContractChange } from './contract-changes';

/** A change with those whom it hits. */
export interface JudgedChange extends ContractChange {
  /** Consumers, as `domain (domain.product)`; empty for a safe change. */
  readonly hits: readonly string[];
}

/** What one contract has become. */
export interface ContractDiff {
  readonly file: string;
  readonly product: string;
  readonly before: string;
  readonly after: string;
  readonly changes: readonly JudgedChange[];
  /** The lowest version that the changes ask for. */
  readonly neededVersion: string;
  /** Whether the change is a new major version that runs beside the old one, which nobody is hit by until it goes. */
  readonly beside: boolean;
}

/** Somebody who reads the product. */
interface Reader {
  readonly domain: string;
  readonly name: string;
  readonly interfaces?: readonly string[];
  readonly columns?: readonly string[];
}

/** Rules of changes that are words alone; they ask for no more than the version's last number. */
const WORDS = /^(describe-|change-owner$|approve-subscription$)/;

/**
 * Judges what a contract has become.
 *
 * @param others contracts of products that may read this one
 */
export function diffContracts(
  before: DataProductContract,
  after: DataProductContract,
  others: readonly DataProductContract[] = [],
): ContractDiff {
  const readers = readersOf(before, others);
  const changes = changesBetween(before, after);
  const needed = neededVersion(before.stated.version, changes);
  const judged = [...changes, ...versionChanges(before, after, changes, needed)].map((found) => ({
    ...found,
    hits: found.severity === 'safe' ? [] : readers.filter((each) => isHit(each, found)).map(({ name }) => name),
  }));
  return {
    file: after.file,
    product: after.name,
    before: before.stated.version,
    after: after.stated.version,
    changes: judged.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)),
    neededVersion: needed,
    beside:
      after.name === before.name &&
      after.majorVersion > before.majorVersion &&
      !judged.some(({ rule }) => rule === 'replace-in-place'),
  };
}

const ORDER = ['breaking', 'risky', 'safe'];

/** Those whom the owner has approved, and those whose own contract names the product. */
function readersOf(producer: DataProductContract, others: readonly DataProductContract[]): Reader[] {
  const version = producer.majorVersion;
  const approved = producer.stated.consumers
    .filter((each) => each.majorVersion === version)
    .map(({ domain, product, interfaces, columns }) => ({
      domain,
      name: nameOf(domain, product),
      interfaces,
      columns,
    }));
  const asking = others
    .filter(({ stated }) =>
      stated.inputs.some((each) => each.product === producer.name && each.majorVersion === version),
    )
    .map(({ domain, name }) => ({ domain, name: nameOf(domain, name) }));
  return [...approved, ...asking.filter(({ name }) => !approved.some((each) => each.name === name))];
}

function nameOf(domain: string, product: string | undefined): string {
  return product === undefined ? domain : `${domain} (${product})`;
}

function isHit(reader: Reader, { interfaces, columns, domain }: ContractChange): boolean {
  return (
    (domain === undefined || domain === reader.domain) &&
    (reader.interfaces === undefined || reader.interfaces.some((each) => interfaces.includes(each))) &&
    (reader.columns === undefined || columns === undefined || reader.columns.some((each) => columns.includes(each)))
  );
}

function versionChanges(
  before: DataProductContract,
  after: DataProductContract,
  changes: readonly ContractChange[],
  needed: string,
): ContractChange[] {
  const [old, now] = [before.stated.version, after.stated.version];
  if (isLower(now, old)) return [change('lower-version', 'breaking', `the version goes back from ${old} to ${now}`)];
  if (isLower(now, needed)) {
    const severity = changes.some((each) => each.severity === 'breaking') ? 'breaking' : 'risky';
    const message = old === now ? `the version stays ${old}` : `the version goes from ${old} to ${now} only`;
    return [change('version-not-raised', severity, `${message}, but what changes needs ${needed}`)];
  }
  if (after.majorVersion === before.majorVersion || changes.every(({ severity }) => severity !== 'breaking')) return [];
  const kept = interfacesOf(after.stated).filter(({ what }) =>
    interfacesOf(before.stated).some((each) => each.what === what),
  );
  return kept.map(({ what, type }) =>
    change(
      'replace-in-place',
      'breaking',
      `${what} would change under those who read version ${before.majorVersion}; give version ${after.majorVersion} another one`,
      { interfaces: [type] },
    ),
  );
}

function neededVersion(version: string, changes: readonly ContractChange[]): string {
  const [major, minor, patch] = numbersOf(version);
  if (changes.length === 0) return version;
  if (changes.some(({ severity }) => severity === 'breaking')) return `${major + 1}.0.0`;
  return changes.every(({ rule }) => WORDS.test(rule)) ? `${major}.${minor}.${patch}` : `${major}.${minor + 1}.0`;
}

function isLower(version: string, other: string): boolean {
  const [one, two] = [numbersOf(version), numbersOf(other)];
  const index = one.findIndex((each, at) => each !== two[at]);
  return index >= 0 && one[index] < two[index];
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}
