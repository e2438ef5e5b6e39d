import type { Path } from '../foundation/private/problem-sentences';
import { type FileProblem, YamlFile } from '../foundation/private/yaml-file';
import type { RecordSchema } from '../schema';
import type { ContractTerms } from './contract-terms';
import { readContract } from './private/read-contract';

/** Properties of `DataProductContract.fromFile`. */
export interface ContractOptions {
  /**
   * Records that a contract may refer to by name (`schema: {record: trades}`).
   * @default - none; a reference then stays unresolved, and columns are not checked
   */
  readonly records?: RecordSchema[];
}

/**
 * The contract of a data product, as `data-product.yaml` states it (lib/mesh/data-product.schema.json, docs/mesh.md).
 * What its words mean is settled in docs/decisions/0011-words-of-a-contract.md.
 */
export class DataProductContract {
  /**
   * Reads a contract. Throws a YamlFileError that names every problem with file, line, column and remedy.
   *
   * @param file path of the file
   */
  public static fromFile(file: string, options: ContractOptions = {}): DataProductContract {
    return new DataProductContract(file, undefined, options);
  }

  /**
   * The same for a text that stands in no file.
   *
   * @internal
   */
  public static _fromText(name: string, text: string, options: ContractOptions = {}): DataProductContract {
    return new DataProductContract(name, text, options);
  }

  /** The file that it was read from. */
  public readonly file: string;

  /** Everything that the contract states. */
  public readonly stated: ContractTerms;

  private readonly text?: string;

  private constructor(file: string, text: string | undefined, options: ContractOptions) {
    this.file = file;
    this.text = text;
    this.stated = readContract(this.parse(), options.records ?? []);
  }

  /** `domain.product`. */
  public get name(): string {
    return this.stated.name;
  }

  /** The domain that owns the product. */
  public get domain(): string {
    return this.stated.name.split('.')[0];
  }

  /** The product's name in its domain. */
  public get productName(): string {
    return this.stated.name.split('.')[1];
  }

  /** First number of the version. */
  public get majorVersion(): number {
    return Number(this.stated.version.split('.')[0]);
  }

  /**
   * A problem of what stands at a path of the file.
   *
   * @internal
   */
  public _problemAt(at: Path, sentence: string): FileProblem {
    return this.parse().problemAt(at, sentence);
  }

  /** Read again where a problem needs its place: what was parsed is not kept, for a mesh has many contracts. */
  private parse(): YamlFile {
    return new YamlFile(this.file, EXAMPLE, this.text);
  }
}

const EXAMPLE = 'name: domain.product';
