import { NestedStack, Stack } from 'aws-cdk-lib';
import { Construct, type IDependable } from 'constructs';

/**
 * The nested stacks that a large domain's products are spread over. The ledger says which one a product stands in, from
 * its first day on, so that none ever moves.
 *
 * They deploy one after the other, for Lake Formation fails when permissions are changed side by side. So what belongs to
 * two of them stands in the later one, and nothing waits in a circle.
 */
export class ProductStacks extends Construct {
  /** In the order in which they deploy: the domain's own first. */
  private readonly order: Stack[] = [Stack.of(this)];
  private readonly stacks = new Map<number, NestedStack>();
  private readonly awaited: IDependable[] = [];

  /** Has each nested stack wait for something of the domain's own. */
  public waitFor(awaited: IDependable): void {
    this.awaited.push(awaited);
    for (const { nestedStackResource } of this.stacks.values()) nestedStackResource?.node.addDependency(awaited);
  }

  /** The stack of a number, from 1 on. */
  public of(number: number): NestedStack {
    const known = this.stacks.get(number);
    if (known) return known;
    const stack = new NestedStack(this, `Products${number}`, { description: `Data products, part ${number}` });
    const before = this.order[this.order.length - 1].nestedStackResource;
    if (before) stack.nestedStackResource?.addResourceDependency(before);
    stack.nestedStackResource?.node.addDependency(...this.awaited);
    this.order.push(stack);
    this.stacks.set(number, stack);
    return stack;
  }

  /** The one of two stacks that deploys later; one that is none of the domain's deploys before it. */
  public later(one: Stack, other: Stack): Stack {
    const found = Math.max(this.order.indexOf(one), this.order.indexOf(other), 0);
    return this.order[found];
  }
}
