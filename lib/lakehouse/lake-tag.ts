import { Resource, Stack, type IResource } from 'aws-cdk-lib';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import type { Construct } from 'constructs';

/** An LF-Tag: a key with the values that it may have, one per key in an account and region. */
export interface ILakeTag extends IResource {
  /** The key. */
  readonly tagKey: string;
}

/** Properties of a `LakeTag`. */
export interface LakeTagProps {
  /** The key, unique in account and region. */
  readonly tagKey: string;

  /** The values that resources can be tagged with. */
  readonly tagValues: string[];
}

/** An LF-Tag of Lake Formation, by which databases, tables and columns are granted in bulk. */
export class LakeTag extends Resource implements ILakeTag {
  /** A tag that exists already in this account and region. */
  public static fromTagKey(scope: Construct, id: string, tagKey: string): ILakeTag {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new ExistingTag(scope, id, { tagKey });
  }

  public readonly tagKey: string;

  constructor(scope: Construct, id: string, props: LakeTagProps) {
    super(scope, id);
    const { tagKey, tagValues } = props;
    const catalogId = Stack.of(this).account;
    // Ref is the key, and makes whoever uses it wait for the tag.
    this.tagKey = new lakeformation.CfnTag(this, 'Resource', { catalogId, tagKey, tagValues }).ref;
  }
}

interface ExistingTagProps {
  readonly tagKey: string;
}

class ExistingTag extends Resource implements ILakeTag {
  public readonly tagKey: string;

  constructor(scope: Construct, id: string, props: ExistingTagProps) {
    super(scope, id);
    this.tagKey = props.tagKey;
  }
}
