import {
  CloudFormationClient,
  DescribeStacksCommand,
  DescribeTypeCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  EC2Client,
  paginateDescribeNatGateways,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { GetDatabaseCommand, GlueClient, paginateGetSecurityConfigurations } from '@aws-sdk/client-glue';
import {
  GetAccountSummaryCommand,
  GetRoleCommand,
  ListRolesCommand,
  IAMClient,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { type DataLakeSettings, GetDataLakeSettingsCommand, LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** Who asks. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
}

/** A limit of an account, by the name that AWS gives it. */
export interface Quota {
  readonly name: string;
  readonly value: number;
}

/** Read-only questions to one region of an AWS account, each with the permission that it takes. */
export class Account {
  private readonly cloudFormation: CloudFormationClient;
  private readonly ec2: EC2Client;
  private readonly glue: GlueClient;
  private readonly iam: IAMClient;
  private readonly lakeFormation: LakeFormationClient;
  private readonly quotas: ServiceQuotasClient;
  private readonly ssm: SSMClient;
  private readonly sts: STSClient;

  /** Credentials, and another endpoint where there is one, come from the environment, as the AWS CLI takes them. */
  public constructor(public readonly region: string) {
    const settings = { region };
    this.cloudFormation = new CloudFormationClient(settings);
    this.ec2 = new EC2Client(settings);
    this.glue = new GlueClient(settings);
    this.iam = new IAMClient(settings);
    this.lakeFormation = new LakeFormationClient(settings);
    this.quotas = new ServiceQuotasClient(settings);
    this.ssm = new SSMClient(settings);
    this.sts = new STSClient(settings);
  }

  /** The region that the environment or the configuration names; undefined without one. */
  public static async defaultRegion(): Promise<string | undefined> {
    try {
      return await new STSClient({}).config.region();
    } catch {
      return undefined;
    }
  }

  /** `sts:GetCallerIdentity`, which nobody can be denied. */
  public async identity(): Promise<Identity> {
    const { Account: account = '', Arn: arn = '' } = await this.sts.send(new GetCallerIdentityCommand({}));
    return { account, arn, partition: arn.split(':')[1] ?? 'aws' };
  }

  /** `ssm:GetParameter`; undefined when there is no such parameter. */
  public async parameter(Name: string): Promise<string | undefined> {
    const answer = await unlessMissing('ParameterNotFound', this.ssm.send(new GetParameterCommand({ Name })));
    return answer?.Parameter?.Value;
  }

  /** `cloudformation:DescribeStacks`; undefined when there is no such stack. */
  public async stackStatus(StackName: string): Promise<string | undefined> {
    const answer = await unlessMissing(
      'ValidationError',
      this.cloudFormation.send(new DescribeStacksCommand({ StackName })),
    );
    return answer?.Stacks?.[0]?.StackStatus;
  }

  /** Types and physical ids of a stack's resources: `cloudformation:ListStackResources`. */
  public async stackResources(StackName: string): Promise<{ readonly type: string; readonly id: string }[]> {
    const found = [];
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client: this.cloudFormation },
      { StackName },
    )) {
      found.push(
        ...StackResourceSummaries.map((each) => ({ type: each.ResourceType ?? '', id: each.PhysicalResourceId ?? '' })),
      );
    }
    return found;
  }

  /** Whether CloudFormation knows a type in this region: `cloudformation:DescribeType`. */
  public async hasType(TypeName: string): Promise<boolean> {
    const answer = this.cloudFormation.send(new DescribeTypeCommand({ Type: 'RESOURCE', TypeName }));
    return (await unlessMissing('TypeNotFoundException', answer)) !== undefined;
  }

  /** Names of the zones that can be used: `ec2:DescribeAvailabilityZones`. */
  public async zones(): Promise<string[]> {
    const Filters = [
      { Name: 'state', Values: ['available'] },
      { Name: 'zone-type', Values: ['availability-zone'] },
    ];
    const { AvailabilityZones = [] } = await this.ec2.send(new DescribeAvailabilityZonesCommand({ Filters }));
    return AvailabilityZones.map(({ ZoneName }) => ZoneName ?? '');
  }

  /** `ec2:DescribeVpcs` */
  public async countVpcs(): Promise<number> {
    let count = 0;
    for await (const { Vpcs = [] } of paginateDescribeVpcs({ client: this.ec2 }, {})) count += Vpcs.length;
    return count;
  }

  /** `ec2:DescribeAddresses` */
  public async countAddresses(): Promise<number> {
    return (await this.ec2.send(new DescribeAddressesCommand({}))).Addresses?.length ?? 0;
  }

  /** The NAT gateways of a region: `ec2:DescribeNatGateways`. */
  public async countNatGateways(): Promise<number> {
    const Filter = [{ Name: 'state', Values: ['pending', 'available'] }];
    let count = 0;
    for await (const { NatGateways = [] } of paginateDescribeNatGateways({ client: this.ec2 }, { Filter }))
      count += NatGateways.length;
    return count;
  }

  /** `glue:GetSecurityConfigurations` */
  public async countSecurityConfigurations(): Promise<number> {
    let count = 0;
    for await (const { SecurityConfigurations = [] } of paginateGetSecurityConfigurations({ client: this.glue }, {})) {
      count += SecurityConfigurations.length;
    }
    return count;
  }

  /** `glue:GetDatabase` */
  public async hasDatabase(Name: string): Promise<boolean> {
    const answer = this.glue.send(new GetDatabaseCommand({ Name }));
    return (await unlessMissing('EntityNotFoundException', answer)) !== undefined;
  }

  /** Roles and policies, how many there are and may be: `iam:GetAccountSummary`. */
  public async iamSummary(): Promise<Readonly<Record<string, number | undefined>>> {
    return (await this.iam.send(new GetAccountSummaryCommand({}))).SummaryMap ?? {};
  }

  /** `iam:GetRole` */
  public async hasRole(RoleName: string): Promise<boolean> {
    const answer = this.iam.send(new GetRoleCommand({ RoleName }));
    return (await unlessMissing('NoSuchEntityException', answer)) !== undefined;
  }

  /** Whether a service has a role that is linked to it: `iam:ListRoles`. */
  public async hasLinkedRole(service: string): Promise<boolean> {
    const PathPrefix = `/aws-service-role/${service}/`;
    return ((await this.iam.send(new ListRolesCommand({ PathPrefix }))).Roles ?? []).length > 0;
  }

  /** Whether a role that exists may create roles that are linked to services: `iam:SimulatePrincipalPolicy`. */
  public async mayCreateServiceLinkedRoles(roleArn: string): Promise<boolean> {
    const { EvaluationResults = [] } = await this.iam.send(
      new SimulatePrincipalPolicyCommand({ PolicySourceArn: roleArn, ActionNames: ['iam:CreateServiceLinkedRole'] }),
    );
    return EvaluationResults.every(({ EvalDecision }) => EvalDecision === 'allowed');
  }

  /** `lakeformation:GetDataLakeSettings` */
  public async dataLakeSettings(): Promise<DataLakeSettings> {
    return (await this.lakeFormation.send(new GetDataLakeSettingsCommand({}))).DataLakeSettings ?? {};
  }

  /** `servicequotas:GetServiceQuota` */
  public async quota(ServiceCode: string, QuotaCode: string): Promise<Quota> {
    const { Quota: found } = await this.quotas.send(new GetServiceQuotaCommand({ ServiceCode, QuotaCode }));
    return { name: found?.QuotaName ?? QuotaCode, value: found?.Value ?? Infinity };
  }
}

/** Undefined where a service answers that there is no such thing. */
async function unlessMissing<T>(code: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === code) return undefined;
    throw error;
  }
}
