import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DeploymentProfile, IDataKey } from '../../foundation';
import { acknowledgeWildcards } from '../../foundation/private/acknowledge';
import { HandlerFunction } from '../../foundation/private/handler-function';
import { rateOf, StartSchedule } from '../../foundation/private/start-schedule';
import type { IcebergTable } from '../../lakehouse';
import type { DataProductContract } from '../data-product-contract';
import type { ProductToMeasure } from '../runtime/product-objectives';
import { MEASURED_EVERY, productDimension } from './product-objectives';

interface ProductProbeProps {
  readonly key: IDataKey;
  readonly profile: DeploymentProfile;
}

/** What a product gives to be measured. */
export interface Measured {
  readonly contract: DataProductContract;
  readonly tables: readonly IcebergTable[];
  readonly hasRules: boolean;
  /** Where its topics are, of which CloudWatch hears. */
  readonly clusterArn?: string;
  /** The HTTP API with its paths. */
  readonly apiId?: string;
}

/** The one function of a domain that measures its products, each on a schedule of its own. */
export class ProductProbe extends Construct {
  private readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: ProductProbeProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'product-objectives',
      description: 'Measures freshness, availability and quality of data products',
      profile: props.profile,
      key: props.key,
      timeout: Duration.minutes(1),
      // The metadata of a wide table with a long history has tens of megabytes.
      memorySize: 512,
      caller: {
        withoutQueue: 'The next measurement comes in five minutes; an old one says nothing any more.',
        withoutConcurrency: 'As many run at a time as the domain has products, for a second each.',
      },
    });
    acknowledgeWildcards(
      this.handler,
      ['*'],
      'Results of Glue Data Quality and metrics of CloudWatch have no ARN in IAM; reading them is all it may.',
    );
    iam.Grant.addToPrincipal({
      grantee: this.handler,
      // List has no resources in IAM, and the result's id is only known from it.
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html (2026-11-24)
      actions: ['glue:ListDataQualityResults', 'glue:GetDataQualityResult', 'cloudwatch:GetMetricData'],
      resourceArns: ['*'],
    });
  }

  /** The role of the function. */
  public get role(): iam.IRole {
    return this.handler.function.role as iam.IRole;
  }

  /** Measures a product from now on. */
  public add(scope: Construct, { contract, tables, hasRules, clusterArn, apiId }: Measured): void {
    for (const table of tables) table._grantMetadataRead(this.handler);
    const { stated } = contract;
    const measured: ProductToMeasure = {
      product: productDimension(contract),
      tables: tables.map(({ databaseName, tableName }) => ({ databaseName, tableName, hasRules })),
      streams:
        clusterArn === undefined
          ? undefined
          : {
              clusterArn,
              topics: stated.streams.map(({ topicName }) => topicName),
              lookBackSeconds: lookBack(stated.objectives.freshnessSeconds),
            },
      apis: apiId === undefined ? undefined : { apiId, paths: stated.apis.map(({ endpoint }) => endpoint) },
      freshnessTestSeconds: stated.tests.freshnessSeconds,
      promisedSeconds: stated.objectives.freshnessSeconds,
      promisedScore: stated.objectives.qualityScorePercent,
    };
    // eslint-disable-next-line awscdk/require-passing-this -- it goes with the product
    new StartSchedule(scope, 'Measurement', {
      description: `Measures ${contract.name}`,
      expression: rateOf(scope.node.path, MEASURED_EVERY),
      targetArn: this.handler.function.functionArn,
      input: Stack.of(this).toJsonString(measured),
      grantStart: (grantee) => this.handler.grantInvoke(grantee),
    });
  }
}

const HOUR = 3600;
/** Messages are looked for twice as far back as they may be old, within what one answer of CloudWatch holds. */
function lookBack(freshnessSeconds = 0): number {
  return Math.min(Math.max(2 * freshnessSeconds, HOUR), 24 * HOUR);
}
