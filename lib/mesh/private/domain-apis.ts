import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { createApiStage } from '../../foundation/private/api-stage';
import { HandlerFunction } from '../../foundation/private/handler-function';
import { type IcebergTable, type ILakeGround, QueryWorkgroup } from '../../lakehouse';
import type { ProductApi } from '../contract-terms';
import type { DataProductContract } from '../data-product-contract';
import type { ServedProduct } from '../runtime/product-api';
import { openApiOf, servedColumns } from './open-api';

interface DomainApisProps {
  readonly domainName: string;
  readonly ground: ILakeGround;
}

/** A product's API, and the table that it reads. */
export interface Served {
  readonly contract: DataProductContract;
  readonly api: ProductApi;
  readonly table: IcebergTable;
}

// What the stage lets through; Athena has quotas of its own, on queries that run at a time.
const REQUESTS_PER_SECOND = 20;

/** The one HTTP API of a domain, with a path for each API of its products, and the workgroup in which they ask Athena. */
export class DomainApis extends Construct {
  private readonly props: DomainApisProps;
  private api?: apigateway.CfnApi;
  private stage?: apigateway.CfnStage;
  private workgroup?: QueryWorkgroup;

  constructor(scope: Construct, id: string, props: DomainApisProps) {
    super(scope, id);
    this.props = props;
  }

  /** Id of the API, once there is one. */
  public get apiId(): string | undefined {
    return this.api?.ref;
  }

  /** Address of the API, once there is one. */
  public get url(): string | undefined {
    return this.api?.attrApiEndpoint;
  }

  /**
   * Serves a product from now on.
   *
   * @param scope which goes with the product
   * @returns ARNs of what a caller may be allowed to ask
   * @throws when its rows cannot be told apart
   */
  public add(scope: Construct, { contract, api, table }: Served): string[] {
    const { schema } = table;
    if (schema.key.length === 0) {
      throw new Error(
        `${contract.file}: ${contract.name} has the API '${api.name}', but no key by which its pages follow one another; write 'schema.key', or take the API out of the contract.`,
      );
    }
    const { ground, domainName } = this.props;
    this.workgroup ??= new QueryWorkgroup(this, 'Queries', { lake: ground });
    this.api ??= new apigateway.CfnApi(this, 'Resource', {
      name: this.node.path,
      description: `Data products of the domain ${domainName}`,
      protocolType: 'HTTP',
    });
    const served: ServedProduct = {
      product: contract.name,
      version: contract.stated.version,
      databaseName: contract.domain,
      tableName: table.tableName,
      columns: servedColumns(schema),
      key: schema.key,
    };
    // eslint-disable-next-line awscdk/require-passing-this -- it goes with the product
    const reader = new HandlerFunction(scope, 'Reader', {
      handler: 'product-api',
      files: {
        'product.json': JSON.stringify(served),
        'openapi.json': JSON.stringify(openApiOf(contract.stated, schema, api)),
      },
      description: `Answers for ${contract.name} from its table`,
      profile: ground.profile,
      key: ground.key,
      // The most that an integration of an HTTP API waits, less a breath.
      timeout: Duration.seconds(29),
      caller: {
        withoutQueue: 'The caller waits for the answer and asks again.',
        withoutConcurrency: 'Requests are throttled by the stage.',
      },
      environment: { WORKGROUP: this.workgroup.workgroupName },
    });
    this.workgroup.grantQuery(reader);
    table.grantRead(reader);
    return this.route(scope, reader, api.endpoint);
  }

  private route(scope: Construct, reader: HandlerFunction, endpoint: string): string[] {
    const { ref: apiId } = this.api as apigateway.CfnApi;
    // eslint-disable-next-line awscdk/require-passing-this -- it goes with the product
    const integration = new apigateway.CfnIntegration(scope, 'Integration', {
      apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: reader.function.functionArn,
      payloadFormatVersion: '2.0',
    });
    reader.function.addPermission('Api', {
      principal: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.arnOf(`*/GET${endpoint}*`),
    });
    const paths = [endpoint, `${endpoint}/openapi.json`];
    for (const path of paths) {
      // eslint-disable-next-line awscdk/require-passing-this -- it goes with the product
      new apigateway.CfnRoute(scope, path === endpoint ? 'Rows' : 'Description', {
        apiId,
        routeKey: `GET ${path}`,
        authorizationType: 'AWS_IAM',
        target: `integrations/${integration.ref}`,
      });
    }
    // It deploys whatever is added to the API.
    this.stage ??= createApiStage(this, {
      apiId,
      stageName: '$default',
      key: this.props.ground.key,
      profile: this.props.ground.profile,
      requestsPerSecond: REQUESTS_PER_SECOND,
      burst: 2 * REQUESTS_PER_SECOND,
      // By path, for each product answers for its own.
      detailedMetrics: true,
    });
    return paths.map((path) => this.arnOf(`$default/GET${path}`));
  }

  private arnOf(path: string): string {
    return Stack.of(this).formatArn({
      service: 'execute-api',
      resource: (this.api as apigateway.CfnApi).ref,
      resourceName: path,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}
