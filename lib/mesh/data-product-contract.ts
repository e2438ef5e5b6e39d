import { YamlFile } from '../foundation/private/yaml-file';
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
    return DataProductContract._fromYaml(file, new YamlFile(file, EXAMPLE), options);
  }

  /**
   * The same for a text that stands in no file.
   *
   * @internal
   */
  public static _fromText(name: string, text: string, options: ContractOptions = {}): DataProductContract {
    return DataProductContract._fromYaml(name, new YamlFile(name, EXAMPLE, text), options);
  }

  private static _fromYaml(file: string, yaml: YamlFile, options: ContractOptions): DataProductContract {
    return new DataProductContract(file, readContract(yaml, options.records ?? []));
  }

  /** Everything that the contract states. */
  public readonly stated: ContractTerms;

  private constructor(
    /** The file that it was read from. */
    public readonly file: string,
    stated: ContractTerms,
  ) {
    this.stated = stated;
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
}

const EXAMPLE = 'name: domain.product';
