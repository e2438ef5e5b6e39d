import { Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { ILakeTable, IQueryEndpoint, IWarehouse } from '../ports';

interface Connection {
  /** JSON for the provisioner; holds no secret, at most the ARN of one. */
  readonly description: { [key: string]: string };
  readonly connections?: ec2.Connections;
  readonly secret?: secretsmanager.ISecret;
  readonly grantRead: (role: iam.IRole) => void;
}

/** What dashboards read: a warehouse, or the lake through Athena. */
export class BiSource {
  /**
   * A warehouse.
   *
   * @param warehouse the warehouse
   * @param secret `username` and `password` of a reader: `warehouse.addReader('bi_reader')` of a Redshift warehouse
   */
  static warehouse(warehouse: IWarehouse, secret: secretsmanager.ISecret): BiSource {
    const { WAREHOUSE_HOST = '' } = warehouse.clientEnvironment;
    return new BiSource({
      description: {
        name: warehouse.databaseName,
        engine: warehouse.engine,
        host: WAREHOUSE_HOST,
        port: warehouse.clientEnvironment.WAREHOUSE_PORT ?? String(warehouse.port),
        database: warehouse.databaseName,
        secretArn: secret.secretArn,
      },
      connections: warehouse.connections,
      secret,
      grantRead: () => undefined,
    });
  }

  /**
   * The lake, through an Athena workgroup. Metabase asks under the role of its task, so that no key exists.
   *
   * @param endpoint the workgroup
   * @param tables what the dashboards may read
   */
  static athena(endpoint: IQueryEndpoint, tables: ILakeTable[]): BiSource {
    return new BiSource({
      description: {
        name: endpoint.workgroupName,
        engine: 'athena',
        region: Stack.of(endpoint).region,
        workgroup: endpoint.workgroupName,
        resultsUri: endpoint.resultLocation,
        catalog: 'AwsDataCatalog',
      },
      grantRead: (role) => {
        endpoint.grantQuery(role);
        for (const table of tables) table.grantRead(role);
      },
    });
  }

  private constructor(private readonly connection: Connection) {}

  /** @internal */
  get _connections(): ec2.Connections | undefined {
    return this.connection.connections;
  }

  /** @internal */
  get _description(): { [key: string]: string } {
    return this.connection.description;
  }

  /** @internal */
  get _secret(): secretsmanager.ISecret | undefined {
    return this.connection.secret;
  }

  /** @internal */
  _grantRead(role: iam.IRole): void {
    this.connection.grantRead(role);
  }
}
