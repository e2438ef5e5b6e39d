import { createHash } from 'node:crypto';
import { NestedStack } from 'aws-cdk-lib';
import { Construct, DependencyGroup, type IDependable } from 'constructs';
import type { DataProductContract } from '../data-product-contract';

interface ProductStacksProps {
  /** How many there are at most, which never changes. */
  readonly count: number;
}

/**
 * The nested stacks that a large domain's products are spread over. Which one a product stands in depends on its name
 * and on how many there are, and on no other product, so that none ever moves.
 */
export class ProductStacks extends Construct {
  private readonly stacks = new Map<number, NestedStack>();
  private readonly made = new DependencyGroup();
  private last?: NestedStack;

  private readonly props: ProductStacksProps;

  constructor(scope: Construct, id: string, props: ProductStacksProps) {
    super(scope, id);
    this.props = props;
    const { count } = props;
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html (2026-11-28): 500 resources.
    if (Number.isInteger(count) && count >= 1 && count <= 100) return;
    throw new Error(`${scope.node.path}: productStacks is ${count}; give a whole number from 1 to 100.`);
  }

  /** All of them, those that are yet to be made too. */
  public get all(): IDependable {
    return this.made;
  }

  /** The stack in which a product stands, all its versions alike. */
  public of({ name }: DataProductContract): NestedStack {
    const digest = createHash('sha256').update(name).digest();
    const index = digest.readUInt32BE(0) % this.props.count;
    const known = this.stacks.get(index);
    if (known) return known;
    // eslint-disable-next-line awscdk/no-variable-construct-id -- one of a fixed number
    const stack = new NestedStack(this, `Products${index}`, { description: `Data products, part ${index}` });
    // One after the other: Lake Formation fails when permissions are changed side by side.
    const resource = stack.nestedStackResource;
    const before = this.last?.nestedStackResource;
    if (resource && before) resource.addResourceDependency(before);
    if (resource) this.made.add(resource);
    this.last = stack;
    this.stacks.set(index, stack);
    return stack;
  }
}
