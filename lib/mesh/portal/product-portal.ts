import { Annotations, CfnOutput, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DataBucket, DataKey, DeploymentProfile, type IDataBucket, type IDataKey } from '../../foundation';
import { acknowledge, acknowledgeWildcards } from '../../foundation/private/acknowledge';
import { grantAssetRead, textAsset } from '../../foundation/private/assets';
import { BucketEmptier } from '../../foundation/private/bucket-emptier';
import { HandlerFunction } from '../../foundation/private/handler-function';
import { LogBucket } from '../../foundation/private/log-bucket';
import { rateOf, StartSchedule } from '../../foundation/private/start-schedule';
import type { DataProductContract } from '../data-product-contract';
import type { DomainRegistration } from '../domain-registration';
import { MEASURED_EVERY } from '../private/product-objectives';
import type { PortalSite } from '../runtime/portal-site';
import { ENTER_PATH, ENTRANCE_CODE } from './private/entrance';
import { checkReadersKey } from './private/readers-key';
import { CONTENT_SECURITY_POLICY, CONTENT_TYPES } from './private/security-headers';
import { DEFAULT_PORTAL_NAME, portalSite, STATE_FILE } from './private/site';
import { stateReaderName } from './private/state-reader';

/** How a portal is deployed. */
export interface ProductPortalSettings {
  /**
   * Public half of the RSA key of 2048 bits by which readers are let in, in PEM: whoever has the private half signs links
   * (`data-patterns product portal-link`). CloudFront refuses every request that brings no cookie signed by it.
   *
   * Make one with `openssl genrsa -out portal.pem 2048` and `openssl rsa -in portal.pem -pubout`.
   */
  readonly readersKey: string;

  /**
   * What the portal is called.
   *
   * @default 'Data products'
   */
  readonly portalName?: string;

  /**
   * The name that readers know it by, which the certificate must be for.
   *
   * @default - CloudFront's own, which is for sandboxes alone
   */
  readonly domainName?: string;

  /**
   * The certificate of the name; CloudFront takes those of us-east-1.
   *
   * @default - CloudFront's own, which is for sandboxes alone
   */
  readonly certificate?: acm.ICertificate;

  /**
   * ARN of a web ACL of AWS WAF (scope CLOUDFRONT) that looks at requests before CloudFront does.
   *
   * @default - none
   */
  readonly webAclArn?: string;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/** Properties of a `ProductPortal`. */
export interface ProductPortalProps extends ProductPortalSettings {
  /** The products that it shows. */
  readonly contracts: DataProductContract[];

  /** The domains whose alarms tell the state of products. Each lets the portal's account in (`DataDomain.portalAccount`). */
  readonly domains: DomainRegistration[];
}

/**
 * The site in which people find data products: a search and a page a product, made of the contracts at synth, in a bucket
 * that CloudFront alone reads. A function asks the alarms of every domain and writes beside the pages which promises are
 * kept.
 *
 * It is private: CloudFront serves requests only with cookies that the readers' key has signed (trusted key groups), before
 * it looks into its cache. A signed link sets them.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html (2026-11-28)
 */
export class ProductPortal extends Construct {
  /** Address of the portal. */
  public readonly url: string;

  /** Id of the readers' key in CloudFront, which a signed link names. */
  public readonly keyId: string;

  /** Holds the pages. */
  public readonly bucket: IDataBucket;

  /** Encrypts the pages. */
  public readonly key: IDataKey;

  /** Serves the pages. */
  public readonly distribution: cloudfront.IDistribution;

  constructor(scope: Construct, id: string, props: ProductPortalProps) {
    super(scope, id);
    const profile = props.profile ?? DeploymentProfile.PRODUCTION;
    checkReadersKey(this.node.path, props.readersKey);
    checkName(this.node.path, props, profile);
    this.key = new DataKey(this, 'Key', { profile });
    this.bucket = new DataBucket(this, 'Site', { key: this.key, profile });
    const readersKey = new cloudfront.PublicKey(this, 'ReadersKey', { encodedKey: props.readersKey });
    this.keyId = readersKey.publicKeyId;
    this.distribution = this.createDistribution(props, profile, readersKey);
    this.url = `https://${props.domainName ?? this.distribution.distributionDomainName}`;
    this.publishSite(props, profile);
    this.watchState(props.domains, profile);
    new CfnOutput(this, 'PortalUrl', { value: this.url, description: 'Address of the portal' });
    new CfnOutput(this, 'PortalKeyId', { value: this.keyId, description: "Id of the readers' key in CloudFront" });
  }

  private createDistribution(
    props: ProductPortalProps,
    profile: DeploymentProfile,
    readersKey: cloudfront.PublicKey,
  ): cloudfront.Distribution {
    const origin = S3BucketOrigin.withOriginAccessControl(this.bucket.bucket);
    const entrance = new cloudfront.Function(this, 'Entrance', {
      code: cloudfront.FunctionCode.fromInline(ENTRANCE_CODE),
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      comment: 'Makes cookies of a signed link',
    });
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: props.portalName ?? DEFAULT_PORTAL_NAME,
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin,
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: this.createHeaders(),
        trustedKeyGroups: [new cloudfront.KeyGroup(this, 'Readers', { items: [readersKey] })],
      },
      additionalBehaviors: {
        [ENTER_PATH]: {
          origin,
          viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
          cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
          functionAssociations: [{ function: entrance, eventType: cloudfront.FunctionEventType.VIEWER_REQUEST }],
        },
      },
      domainNames: props.domainName === undefined ? undefined : [props.domainName],
      certificate: props.certificate,
      // It belongs to a certificate of one's own.
      minimumProtocolVersion: props.certificate && cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      webAclId: props.webAclArn,
      enableLogging: true,
      logBucket: this.createLogs(profile),
    });
    acknowledgeDistribution(distribution, props);
    Annotations.of(this.key).acknowledgeWarning(
      '@aws-cdk/aws-cloudfront-origins:wildcardKeyPolicyForOac',
      "Distributions of this account alone may use the key, and the bucket's policy names the one that reads it.",
    );
    return distribution;
  }

  private createLogs(profile: DeploymentProfile) {
    // CloudFront's standard logging needs ACLs, which later buckets are made without.
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html (2026-11-28)
    const { bucket } = new LogBucket(this, 'AccessLogs', { profile, deliveredByAcl: true });
    if (profile.destroyable) {
      new BucketEmptier(this, 'Emptier', { key: this.key, profile }).empty('EmptiedAccessLogs', bucket);
    }
    return bucket;
  }

  private createHeaders(): cloudfront.ResponseHeadersPolicy {
    return new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: CONTENT_SECURITY_POLICY, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
      },
    });
  }

  /** The pages go through one file in the CDK's asset bucket, for CloudFormation has no type for what is in a bucket. */
  private publishSite({ contracts, portalName = DEFAULT_PORTAL_NAME }: ProductPortalProps, profile: DeploymentProfile) {
    const site: PortalSite = {
      files: Object.fromEntries(portalSite(contracts, portalName)),
      contentTypes: CONTENT_TYPES,
      firstOnly: [STATE_FILE],
    };
    const asset = textAsset(this, 'Pages', JSON.stringify(site), 'json');
    const handler = new HandlerFunction(this, 'Publisher', {
      handler: 'portal-site',
      description: 'Puts the pages of the portal into its bucket',
      profile,
      key: this.key,
      timeout: Duration.minutes(5),
      // The pages of a thousand products have about fifteen megabytes.
      memorySize: 512,
    });
    grantAssetRead(handler, asset);
    const { bucket } = this.bucket;
    const objects = bucket.arnForObjects('*');
    iam.Grant.addToPrincipal({ grantee: handler, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn] });
    iam.Grant.addToPrincipal({
      grantee: handler,
      actions: ['s3:PutObject', 's3:DeleteObject'],
      resourceArns: [objects],
    });
    acknowledgeWildcards(handler, [objects], 'It writes every page of the site, whose names are those of products.');
    this.key.key.grant(handler, 'kms:GenerateDataKey');
    const published = new CustomResource(this, 'Published', {
      resourceType: 'Custom::PublishedPortal',
      serviceToken: handler.function.functionArn,
      serviceTimeout: Duration.minutes(6),
      properties: {
        BucketName: bucket.bucketName,
        SourceBucket: asset.s3BucketName,
        SourceKey: asset.s3ObjectKey,
      },
    });
    published.node.addDependency(handler, this.bucket);
  }

  private watchState(domains: readonly DomainRegistration[], profile: DeploymentProfile): void {
    const handler = new HandlerFunction(this, 'State', {
      handler: 'portal-state',
      description: 'Asks the alarms of every domain which promises are kept',
      profile,
      key: this.key,
      timeout: Duration.minutes(2),
      reservedConcurrency: 1,
      caller: {
        withoutQueue: 'It asks again in five minutes; an old state says nothing any more.',
        withoutConcurrency: 'One at a time.',
      },
    });
    const stack = Stack.of(this);
    const asked = domains.map(({ domainName, account }) => ({
      domainName,
      roleArn: stack.formatArn({
        service: 'iam',
        region: '',
        account,
        resource: 'role',
        resourceName: stateReaderName(domainName),
      }),
    }));
    iam.Grant.addToPrincipal({
      grantee: handler,
      actions: ['sts:AssumeRole'],
      resourceArns: asked.map(({ roleArn }) => roleArn),
    });
    const { bucket } = this.bucket;
    iam.Grant.addToPrincipal({
      grantee: handler,
      actions: ['s3:PutObject'],
      resourceArns: [bucket.arnForObjects(STATE_FILE)],
    });
    this.key.key.grant(handler, 'kms:GenerateDataKey');
    new StartSchedule(this, 'StateSchedule', {
      description: 'Asks which promises are kept',
      expression: rateOf(this.node.path, MEASURED_EVERY),
      targetArn: handler.function.functionArn,
      input: stack.toJsonString({ bucketName: bucket.bucketName, key: STATE_FILE, domains: asked }),
      grantStart: (grantee) => handler.grantInvoke(grantee),
    });
  }
}

function checkName(path: string, props: ProductPortalSettings, profile: DeploymentProfile): void {
  const { domainName, certificate } = props;
  if ((domainName === undefined) !== (certificate === undefined)) {
    throw new Error(`${path}: domainName and certificate need one another; give both, or neither in a sandbox.`);
  }
  if (certificate === undefined && !profile.destroyable) {
    throw new Error(
      `${path}: CloudFront's own certificate lets readers come by TLS 1.0; give domainName and certificate, or the sandbox profile.`,
    );
  }
}

function acknowledgeDistribution(distribution: cloudfront.Distribution, props: ProductPortalSettings): void {
  acknowledge(
    distribution,
    ['AwsSolutions-CFR1', 'CKV_AWS_374'],
    'Readers are let in by signature, not by where they are.',
  );
  acknowledge(
    distribution,
    'CKV_AWS_310',
    'There is one bucket to serve from; the pages are made again by a deployment.',
  );
  if (props.webAclArn === undefined) {
    acknowledge(
      distribution,
      ['AwsSolutions-CFR2', 'CKV_AWS_68', 'CKV2_AWS_47'],
      'It serves files alone, to those with a signature; a web ACL of us-east-1 may be given besides.',
    );
  }
  if (props.certificate === undefined) {
    acknowledge(
      distribution,
      ['AwsSolutions-CFR4', 'CKV_AWS_174', 'CKV2_AWS_42'],
      "A sandbox has CloudFront's own name and certificate; production is refused without one of its own.",
    );
  }
}
