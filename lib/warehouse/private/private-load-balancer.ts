import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DeploymentProfile, IDataKey, IDataNetwork } from '../../foundation';
import { acknowledge } from '../../foundation/private/acknowledge';
import { BucketEmptier } from '../../foundation/private/bucket-emptier';
import { LogBucket } from '../../foundation/private/log-bucket';
import type { OidcSignIn } from '../oidc-sign-in';

export interface PrivateLoadBalancerProps {
  readonly network: IDataNetwork;
  readonly key: IDataKey;
  readonly profile: DeploymentProfile;
  readonly targetPort: number;
  readonly healthPath: string;
  readonly certificateArn?: string;
  readonly signIn?: OidcSignIn;
  readonly clientCidrs: readonly string[];
}

/** An application load balancer without a public address, for one service. */
export class PrivateLoadBalancer extends Construct implements ec2.IConnectable {
  readonly dnsName: string;
  readonly targetGroupArn: string;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: PrivateLoadBalancerProps) {
    super(scope, id);
    const { network, key, profile } = props;
    const port = ec2.Port.tcp(props.certificateArn ? 443 : 80);
    const group = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'A private load balancer',
      allowAllOutbound: false,
    });
    for (const cidr of props.clientCidrs) group.addIngressRule(ec2.Peer.ipv4(cidr), port, 'People');
    if (props.signIn) group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'HTTPS to where people sign in');
    this.connections = new ec2.Connections({ securityGroups: [group], defaultPort: port });
    const logs = this.createLogBucket(key, profile);
    const balancer = new elb.CfnLoadBalancer(this, 'Resource', {
      type: 'application',
      scheme: 'internal',
      ipAddressType: 'ipv4',
      subnets: network.subnets.map((subnet) => subnet.subnetId),
      securityGroups: [group.securityGroupId],
      loadBalancerAttributes: [
        { key: 'access_logs.s3.enabled', value: 'true' },
        { key: 'access_logs.s3.bucket', value: logs.bucket.bucketName },
        { key: 'deletion_protection.enabled', value: String(!profile.destroyable) },
        { key: 'routing.http.drop_invalid_header_fields.enabled', value: 'true' },
      ],
    });
    balancer.node.addDependency(logs);
    this.dnsName = balancer.attrDnsName;
    const targets = new elb.CfnTargetGroup(this, 'Targets', {
      vpcId: network.vpc.vpcId,
      protocol: 'HTTP',
      port: props.targetPort,
      targetType: 'ip',
      healthCheckPath: props.healthPath,
      healthCheckIntervalSeconds: 30,
      matcher: { httpCode: '200' },
      targetGroupAttributes: [{ key: 'deregistration_delay.timeout_seconds', value: '30' }],
    });
    this.targetGroupArn = targets.ref;
    this.createListener(balancer, targets, props);
    this.acknowledgeFindings(balancer, profile.destroyable);
  }

  private createListener(
    balancer: elb.CfnLoadBalancer,
    targets: elb.CfnTargetGroup,
    { certificateArn, signIn }: PrivateLoadBalancerProps,
  ): void {
    const forward = { type: 'forward', targetGroupArn: targets.ref };
    const listener = new elb.CfnListener(this, 'Listener', {
      loadBalancerArn: balancer.ref,
      ...(certificateArn
        ? {
            port: 443,
            protocol: 'HTTPS',
            sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
            certificates: [{ certificateArn }],
          }
        : { port: 80, protocol: 'HTTP' }),
      defaultActions: signIn
        ? [
            { type: 'authenticate-oidc', order: 1, authenticateOidcConfig: oidc(signIn) },
            { ...forward, order: 2 },
          ]
        : [forward],
    });
    if (signIn) this.letApiThrough(listener, forward);
    if (certificateArn) return;
    acknowledge(
      listener,
      [
        'NIST.800.53.R5-ALBHttpToHttpsRedirection',
        'NIST.800.53.R5-ELBv2ACMCertificateRequired',
        'CKV_AWS_2',
        'CKV_AWS_103',
      ],
      'A sandbox without a certificate, reached from its network alone; production refuses to go without one.',
    );
  }

  // Metabase's API asks for a session or a key of its own; dashboards as code could not sign in as people do.
  private letApiThrough(listener: elb.CfnListener, forward: elb.CfnListenerRule.ActionProperty): void {
    new elb.CfnListenerRule(this, 'Api', {
      listenerArn: listener.ref,
      priority: 1,
      conditions: [{ field: 'path-pattern', pathPatternConfig: { values: ['/api/*'] } }],
      actions: [forward],
    });
  }

  /** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html (2026-11-28) */
  private createLogBucket(key: IDataKey, profile: DeploymentProfile): LogBucket {
    const logs = new LogBucket(this, 'AccessLogs', { profile });
    const stack = Stack.of(this);
    logs.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AccessLogsOfLoadBalancers',
        principals: [new iam.ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [logs.bucket.arnForObjects(`AWSLogs/${stack.account}/*`)],
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: {
            'aws:SourceArn': stack.formatArn({
              service: 'elasticloadbalancing',
              resource: 'loadbalancer',
              resourceName: '*',
              arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    if (profile.destroyable) new BucketEmptier(this, 'Emptier', { key, profile }).empty('Emptied', logs.bucket);
    return logs;
  }

  private acknowledgeFindings(balancer: elb.CfnLoadBalancer, destroyable: boolean): void {
    acknowledge(
      balancer,
      'NIST.800.53.R5-ALBWAFEnabled',
      'It has no public address: whoever reaches it is inside of the network already.',
    );
    if (!destroyable) return;
    acknowledge(
      balancer,
      ['NIST.800.53.R5-ELBDeletionProtectionEnabled', 'CKV_AWS_150'],
      'A sandbox is destroyed without a trace; production is protected.',
    );
  }
}

function oidc(signIn: OidcSignIn): elb.CfnListener.AuthenticateOidcConfigProperty {
  return {
    issuer: signIn.issuer,
    authorizationEndpoint: signIn.authorizationEndpoint,
    tokenEndpoint: signIn.tokenEndpoint,
    userInfoEndpoint: signIn.userInfoEndpoint,
    clientId: signIn.clientId,
    // A dynamic reference: CloudFormation reads the secret when it deploys, and no template holds it.
    clientSecret: signIn.clientSecret.secretValue.unsafeUnwrap(),
    scope: 'openid email',
    onUnauthenticatedRequest: 'authenticate',
  };
}
