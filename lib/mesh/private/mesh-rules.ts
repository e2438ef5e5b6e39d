import { suggest, type Path } from '../../foundation/private/problem-sentences';
import type { DataProductContract } from '../data-product-contract';
import { interfacesOf } from './interfaces';

/** Something that no contract shows by itself. */
export interface MeshFinding {
  readonly contract: DataProductContract;
  /** What of its file it is about. */
  readonly at: Path;
  /** What is wrong and how to put it right. */
  readonly sentence: string;
}

/**
 * All that is wrong between contracts.
 *
 * @param complete whether there are no others, so that a name which none of them has is one that nobody has
 */
export function meshFindings(contracts: readonly DataProductContract[], complete = false): MeshFinding[] {
  const mesh = new Mesh(contracts);
  return [
    ...sameNames(contracts),
    ...sameInterfaces(contracts),
    ...contracts.flatMap((contract) => missingInputs(contract, mesh, complete)),
    ...contracts.flatMap((contract) => unapprovedInputs(contract, mesh)),
    ...contracts.flatMap((contract) => unwantedApprovals(contract, mesh)),
    ...cycles(contracts, mesh),
  ];
}

/** Contracts by what one looks for. */
class Mesh {
  private readonly byName = new Map<string, DataProductContract[]>();

  public constructor(contracts: readonly DataProductContract[]) {
    for (const each of contracts) this.byName.set(each.name, [...this.versions(each.name), each]);
  }

  public get names(): string[] {
    return [...this.byName.keys()];
  }

  /** Every major version of a product. */
  public versions(name: string): DataProductContract[] {
    return this.byName.get(name) ?? [];
  }

  public find(name: string, majorVersion: number): DataProductContract | undefined {
    return this.versions(name).find((each) => each.majorVersion === majorVersion);
  }
}

/** A new major version of a product runs beside the old one, so that both have a contract. */
function sameNames(contracts: readonly DataProductContract[]): MeshFinding[] {
  return repeated(contracts, (each) => [[`${each.name} ${each.majorVersion}`, ['name']]]).map(
    ([contract, at, first]) => ({
      contract,
      at,
      sentence: `'${contract.name}' has a contract for version ${contract.majorVersion} already (${first.file}); rename it, or raise its major version`,
    }),
  );
}

function sameInterfaces(contracts: readonly DataProductContract[]): MeshFinding[] {
  const places = ({ stated }: DataProductContract) =>
    interfacesOf(stated).map(({ what }): [string, Path] => [what, ['interfaces']]);
  return repeated(contracts, places).map(([contract, at, first, what]) => ({
    contract,
    at,
    sentence: `${what} is an interface of ${first.name} (${first.file}), too; name another one`,
  }));
}

/** What a later contract has in common with an earlier one. */
function repeated(
  contracts: readonly DataProductContract[],
  keysOf: (contract: DataProductContract) => [string, Path][],
): [DataProductContract, Path, DataProductContract, string][] {
  const seen = new Map<string, DataProductContract>();
  return contracts.flatMap((contract) =>
    keysOf(contract).flatMap(([key, at]): [DataProductContract, Path, DataProductContract, string][] => {
      const first = seen.get(key);
      if (first) return [[contract, at, first, key]];
      seen.set(key, contract);
      return [];
    }),
  );
}

function missingInputs(contract: DataProductContract, mesh: Mesh, complete: boolean): MeshFinding[] {
  return contract.stated.inputs.flatMap(({ product, majorVersion }, index) => {
    const versions = mesh.versions(product).map((each) => each.majorVersion);
    if (versions.includes(majorVersion) || (versions.length === 0 && !complete)) return [];
    const input = ['lineage', 'inputs', index];
    return versions.length === 0
      ? [
          {
            contract,
            at: [...input, 'product'],
            sentence: `there is no product '${product}'; ${suggest(product, mesh.names)}`,
          },
        ]
      : [
          {
            contract,
            at: [...input, 'version'],
            sentence: `${product} has no version ${majorVersion}; it has: ${versions.join(', ')}`,
          },
        ];
  });
}

/** The consumer asks, but the owner has not approved. */
function unapprovedInputs(contract: DataProductContract, mesh: Mesh): MeshFinding[] {
  return contract.stated.inputs.flatMap(({ product, majorVersion }, index) => {
    const producer = mesh.find(product, majorVersion);
    if (producer === undefined || producer.domain === contract.domain) return [];
    const approved = producer.stated.consumers.some(
      (each) =>
        each.domain === contract.domain &&
        each.majorVersion === majorVersion &&
        (each.product === undefined || each.product === contract.name),
    );
    if (approved) return [];
    const sentence = `${product} has not approved '${contract.domain}' as a consumer of version ${majorVersion}; ask ${producer.stated.owner} to add it to 'consumers' of ${producer.file}`;
    return [{ contract, at: ['lineage', 'inputs', index, 'product'], sentence }];
  });
}

/** The owner has approved, but the consumer does not ask. */
function unwantedApprovals(contract: DataProductContract, mesh: Mesh): MeshFinding[] {
  return contract.stated.consumers.flatMap(({ product, majorVersion }, index) => {
    if (product === undefined || mesh.versions(product).length === 0) return [];
    const asks = mesh
      .versions(product)
      .some(({ stated }) =>
        stated.inputs.some((each) => each.product === contract.name && each.majorVersion === majorVersion),
      );
    if (asks) return [];
    const sentence = `${product} does not name ${contract.name} version ${majorVersion} among its inputs; remove the approval, or add the input there`;
    return [{ contract, at: ['consumers', index, 'product'], sentence }];
  });
}

/** A product that is made of itself by way of others could never be computed. */
function cycles(contracts: readonly DataProductContract[], mesh: Mesh): MeshFinding[] {
  const done = new Set<DataProductContract>();
  const findings: MeshFinding[] = [];
  const inputsOf = ({ stated }: DataProductContract) =>
    stated.inputs.map((each) => mesh.find(each.product, each.majorVersion));
  for (const start of contracts) {
    // A stack of its own: a mesh may be longer than the call stack is deep.
    const path: { contract: DataProductContract; next: number }[] = done.has(start)
      ? []
      : [{ contract: start, next: 0 }];
    while (path.length > 0) {
      const top = path[path.length - 1];
      const inputs = inputsOf(top.contract);
      if (top.next >= inputs.length) {
        done.add(top.contract);
        path.pop();
        continue;
      }
      const input = inputs[top.next++];
      if (input === undefined || done.has(input)) continue;
      const begin = path.findIndex(({ contract }) => contract === input);
      if (begin < 0) {
        path.push({ contract: input, next: 0 });
        continue;
      }
      const names = [...path.slice(begin).map(({ contract }) => contract.name), input.name].join(' from ');
      findings.push({
        contract: top.contract,
        at: ['lineage', 'inputs', top.next - 1, 'product'],
        sentence: `a cycle: ${names}; take one of these inputs out`,
      });
    }
  }
  return findings;
}
