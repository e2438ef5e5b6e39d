import { Stack, type StackProps } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { DataKey, DeploymentProfile } from '../../lib/foundation';
import { IngestionMode, LakeAdministration, QueryWorkgroup, StreamToBronzeJob } from '../../lib/lakehouse';
import { DataDomain, DataProduct, DomainPipeline, Subscription, SubscriptionApproval } from '../../lib/mesh';
import { ColumnType, RecordSchema, SchemaLedger } from '../../lib/schema';
import { createBackbone } from '../trading/backbone';
import { addOutputs } from '../trading/outputs';
import { rawEventsSchema } from '../trading/schemas';
import { federatedQueries } from './federated-queries';
import type { Mesh, MeshProduct } from './mesh';
import type { MeshDomain, MeshSettings } from './settings';

/** Properties of a domain's stack. */
export interface TradingMeshDomainStackProps extends StackProps {
  readonly domainName: MeshDomain;
  readonly settings: MeshSettings;
  readonly mesh: Mesh;
}

/** One domain in an account of its own: its products, what it reads of others, and what it lets them read. */
export class TradingMeshDomainStack extends Stack {
  private readonly domain: DataDomain;
  /** Some of a large domain stand in nested stacks. */
  private readonly made: DataProduct[] = [];

  public constructor(scope: Construct, id: string, props: TradingMeshDomainStackProps) {
    const { domainName, settings, mesh, ...stackProps } = props;
    const profile = DeploymentProfile.fromName(settings.profile);
    super(scope, id, {
      description: `Data mesh '${settings.name}': products of the domain ${domainName}`,
      tags: { mesh: settings.name },
      terminationProtection: !profile.destroyable,
      ...stackProps,
    });
    const key = new DataKey(this, 'Key', { profile, description: `Data products of the domain ${domainName}` });
    const products = mesh.productsOf(domainName);
    this.domain = new DataDomain(this, 'Domain', {
      domainName,
      ledger: SchemaLedger.fromFile(mesh.ledgerOf(domainName)),
      backbone: products.some(hasStream) ? createBackbone(this, { cluster: 'provisioned' }, key, profile) : undefined,
      key,
      lakeFormation: {
        administration: new LakeAdministration(this, 'LakeFormation', {
          crossAccountVersion: 4,
          closedByDefault: true,
        }),
      },
      portalAccount: settings.portal && settings.accounts.platform,
      profile,
    });
    for (const request of mesh.requests('consumer', domainName)) {
      const consumer = request.product?.productName ?? 'people';
      new Subscription(this, `${consumer}-reads-${request.contract.name}`, { domain: this.domain, request });
    }
    const jobs = products.flatMap((product) => this.addProduct(product, mesh));
    const schedule = settings.schedules[domainName];
    const pipeline = new DomainPipeline(this, 'Pipeline', {
      domain: this.domain,
      jobs,
      schedule: schedule === 'off' ? undefined : ScheduleExpression.expression(schedule),
    });
    const workgroup = new QueryWorkgroup(this, 'Queries', { lake: this.domain });
    workgroup.grantQuery(this.domain.reader());
    federatedQueries(domainName).forEach((query) => workgroup.addSavedQuery(query));
    addOutputs(this, {
      [`${titled(domainName)}DatabaseName`]: this.domain.database.databaseName,
      [`${titled(domainName)}PipelineArn`]: pipeline.stateMachine.stateMachineArn,
      [`${titled(domainName)}WorkgroupName`]: workgroup.workgroupName,
      [`${titled(domainName)}ReaderRoleArn`]: this.domain.reader().roleArn,
      ...(this.domain.apiUrl ? { [`${titled(domainName)}ApiUrl`]: this.domain.apiUrl } : {}),
      ...(this.domain.backbone ? { BootstrapServers: this.domain.backbone.bootstrapServers } : {}),
    });
  }

  /** Adds a product, and what brings it in where it is a stream; answers with the jobs in the order in which they run. */
  private addProduct(product: MeshProduct, mesh: Mesh) {
    const { contract, sqlFiles } = product;
    const { domain } = this;
    const name = contract.productName;
    const streamed = hasStream(product);
    const raw = streamed ? domain.addTable({ tableName: `raw_${name}`, schema: rawEventsSchema }) : undefined;
    const rejected = streamed
      ? domain.addTable({
          tableName: `${name}_rejected`,
          schema: rejectedSchema(contract.stated.schema as RecordSchema),
        })
      : undefined;
    const inputs = contract.stated.inputs.map((each) => each.product);
    const made = new DataProduct(this, titled(name), {
      domain,
      contract,
      sqlFiles,
      reads: [
        ...(raw ? [raw] : []),
        ...this.made.filter((each) => inputs.includes(each.contract.name)).flatMap(({ tables }) => tables),
      ],
      writes: rejected && [rejected],
      topicPartitions: 3,
    });
    this.made.push(made);
    // A domain's people read what is theirs.
    made.grantRead(domain.reader());
    made.grantInvoke(domain.reader());
    for (const request of mesh.requests('owner', contract.domain as MeshDomain)) {
      if (request.contract !== contract) continue;
      const consumer = request.product?.name ?? request.consumer.domainName;
      new SubscriptionApproval(this, `${consumer}-reads-${name}`, { product: made, request });
    }
    const arrivals =
      raw &&
      new StreamToBronzeJob(Stack.of(made), `${titled(name)}Arrivals`, {
        lake: domain,
        topic: made.topics[0],
        table: raw,
        ingestion: IngestionMode.onDemand(),
      });
    return [arrivals, made.job].filter((job) => job !== undefined);
  }
}

/** What was turned away, and what was wrong with it; the message itself stays among the arrivals. */
function rejectedSchema({ name, key }: RecordSchema): RecordSchema {
  return new RecordSchema({
    name: `${name}_rejected`,
    doc: `Messages that are no sound record of ${name}.`,
    columns: [
      { name: 'source', type: ColumnType.STRING, doc: 'Where the message came from, as among the arrivals' },
      { name: 'position', type: ColumnType.INT, doc: 'Its place in the message, from 0' },
      { name: 'ingested_at', type: ColumnType.TIMESTAMPTZ, doc: 'When the message arrived' },
      { name: key[0], type: ColumnType.STRING, doc: 'What it says that it is' },
      { name: 'validation_errors', type: ColumnType.list(ColumnType.STRING), doc: 'All that is wrong with it' },
    ],
  });
}

function hasStream({ contract }: MeshProduct): boolean {
  return contract.stated.streams.length > 0;
}

function titled(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}
