import { type Size, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../foundation/private/acknowledge';
import { QueryWorkgroup } from '../lakehouse';
import { DataDomain, type DataDomainProps } from './data-domain';
import type { DataPlatform } from './data-platform';
import { roleName } from './private/reader-name';

/** Properties of a `PlatformDomain`. */
export interface PlatformDomainProps extends DataDomainProps {
  /** The platform that the domain is registered with. */
  readonly platform: DataPlatform;

  /**
   * How much one query of the domain's people may read before Athena stops it.
   *
   * @default - as `QueryWorkgroup` has it
   */
  readonly bytesScannedLimit?: Size;
}

/**
 * What the platform gives a domain to start with, in the domain's own account: storage and key, catalog, golden rules,
 * governance by the platform's words, tags by which its costs are told apart (all of them a `DataDomain`), a workgroup for
 * its people's queries, and the standard roles.
 *
 * It takes over what the platform says and refers to nothing of its stack, so that either deploys without the other.
 */
export class PlatformDomain extends Construct {
  /** The domain, to which products are added. */
  public readonly domain: DataDomain;

  /** Where the domain's people query its products and those that it has subscribed to. */
  public readonly workgroup: QueryWorkgroup;

  /** The role of the domain's people: reads what is theirs, and what the domain has subscribed to. */
  public readonly analyst: iam.IRole;

  /** The role of who answers for the domain: sees what its products are, how they are judged and what rings; no rows. */
  public readonly steward: iam.IRole;

  // eslint-disable-next-line awscdk/no-unused-props -- all go on to the domain
  constructor(scope: Construct, id: string, props: PlatformDomainProps) {
    super(scope, id);
    const { platform, bytesScannedLimit, ...domainProps } = props;
    const { account, costCenter } = platform.registrationOf(props.domainName);
    this.checkAccount(props.domainName, account);
    this.domain = new DataDomain(this, 'Domain', {
      portalAccount: platform.portalAccount,
      costCenter,
      ...domainProps,
      goldenRules: [...platform.goldenRules, ...(props.goldenRules ?? [])],
      lakeFormation: this.governedBy(props, platform.tagPrefix),
    });
    this.workgroup = new QueryWorkgroup(this, 'Queries', { lake: this.domain, bytesScannedLimit });
    this.analyst = this.domain.reader();
    this.workgroup.grantQuery(this.analyst);
    this.steward = this.createSteward();
  }

  private checkAccount(domainName: string, registered: string): void {
    const { account } = Stack.of(this);
    if (Token.isUnresolved(account) || Token.isUnresolved(registered) || account === registered) return;
    throw new Error(
      `${this.node.path}: domain '${domainName}' is registered with the account ${registered}, but its stack is for ${account}; deploy it there, or register the other account.`,
    );
  }

  private governedBy({ domainName, lakeFormation }: PlatformDomainProps, tagPrefix: string | undefined) {
    if (tagPrefix === undefined) return lakeFormation;
    const own = lakeFormation?.tagPrefix;
    if (own !== undefined && own !== tagPrefix) {
      throw new Error(
        `${this.node.path}: domain '${domainName}' begins its LF-Tags with '${own}', and the platform with '${tagPrefix}'; leave the prefix to the platform.`,
      );
    }
    return { ...lakeFormation, tagPrefix };
  }

  private createSteward(): iam.IRole {
    const { account, partition, region } = Stack.of(this);
    const role = new iam.Role(this, 'Steward', {
      roleName: roleName(`data-mesh-steward-${this.domain.domainName}`),
      description: `Answers for the domain ${this.domain.domainName}: sees what its products are and how they are judged`,
      assumedBy: new iam.AccountPrincipal(account),
    });
    acknowledgeInlinePolicy(role);
    const glue = (path: string) => `arn:${partition}:glue:${region}:${account}:${path}`;
    const { databaseName } = this.domain.database;
    const tables = glue(`table/${databaseName}/*`);
    acknowledgeWildcards(role, [tables, '*'], 'Every table of the domain; results and alarms are listed, not named.');
    const grant = (actions: string[], ...resourceArns: string[]) =>
      iam.Grant.addToPrincipal({ grantee: role, actions, resourceArns });
    grant(
      ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables'],
      glue('catalog'),
      glue(`database/${databaseName}`),
      tables,
    );
    // None of these knows resources in IAM: https://docs.aws.amazon.com/service-authorization/latest/reference/ (2026-11-28)
    grant(
      [
        'glue:ListDataQualityResults',
        'glue:GetDataQualityResult',
        'cloudwatch:DescribeAlarms',
        'cloudwatch:GetMetricData',
      ],
      '*',
    );
    this.domain._permitLooks('Steward', role);
    return role;
  }
}
