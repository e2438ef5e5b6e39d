/**
 * How large a warehouse is, as T-shirt sizes. On Redshift Serverless a size is a base capacity in RPUs, of 16 GB of
 * memory each; a busy warehouse grows beyond it up to its greatest capacity.
 *
 * @see https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html (2026-11-28): 4 RPUs, or 8 to 512 in
 * steps of 8; with 4 up to 32 TB of managed storage
 */
export class WarehouseSize {
  /** 4 RPUs. */
  static readonly XSMALL = new WarehouseSize('XSMALL', 4);
  /** 8 RPUs. */
  static readonly SMALL = new WarehouseSize('SMALL', 8);
  /** 16 RPUs. */
  static readonly MEDIUM = new WarehouseSize('MEDIUM', 16);
  /** 32 RPUs. */
  static readonly LARGE = new WarehouseSize('LARGE', 32);
  /** 64 RPUs. */
  static readonly XLARGE = new WarehouseSize('XLARGE', 64);

  /**
   * The size of that name, as configuration files write it.
   *
   * @throws when there is no such size
   */
  static fromName(name: string): WarehouseSize {
    const sizes = [
      WarehouseSize.XSMALL,
      WarehouseSize.SMALL,
      WarehouseSize.MEDIUM,
      WarehouseSize.LARGE,
      WarehouseSize.XLARGE,
    ];
    const found = sizes.find((size) => size.name === name);
    if (!found) {
      throw new Error(`warehouse size '${name}' is unknown; use one of: ${sizes.map((size) => size.name).join(', ')}`);
    }
    return found;
  }

  private constructor(
    /** `XSMALL` to `XLARGE`. */
    readonly name: string,
    /** Base capacity in Redshift Processing Units. */
    readonly baseCapacity: number,
  ) {}
}
