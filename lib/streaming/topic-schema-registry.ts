import { Names } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import { Construct, type IConstruct } from 'constructs';
import { resolve } from 'node:path';
import { requireType } from '../foundation/private/regional-types';
import type { RecordSchema, TopicLedger } from '../schema';
import { DECLARE_SCHEMAS_CONTEXT, type DeclaredTopicSchema, TOPIC_METADATA } from '../schema/private/declaration';
import { declaredTopic } from '../schema/private/topic-compatibility';

/** Properties of a `TopicSchemaRegistry`. */
export interface TopicSchemaRegistryProps {
  /** The committed versions of every schema. */
  readonly ledger: TopicLedger;

  /**
   * Name of the registry, unique in account and region.
   *
   * @default - derived from the path of the construct
   */
  readonly registryName?: string;
}

/**
 * A Glue Schema Registry with the JSON Schemas of topics, every version of them.
 *
 * A change that older messages would break is refused twice: by synth, against the committed ledger, and by the registry,
 * whose compatibility is BACKWARD_ALL. CloudFormation cannot change a schema's definition in place (it replaces the
 * schema, versions and all), so the first version stands in the schema and each later one is a resource of its own.
 */
export class TopicSchemaRegistry extends Construct {
  /** Name of the registry. */
  readonly registryName: string;
  private readonly ledger: TopicLedger;
  private readonly registry: glue.CfnRegistry;

  /** @throws when the region of the stack is known and has no Glue Schema Registry */
  constructor(scope: Construct, id: string, props: TopicSchemaRegistryProps) {
    super(scope, id);
    requireType(
      this,
      'AWS::Glue::Schema',
      'The Glue Schema Registry',
      'Leave the registry of the topics out; nothing judges their schemas then.',
    );
    this.ledger = props.ledger;
    this.registryName =
      props.registryName ??
      Names.uniqueResourceName(this, { maxLength: 255, separator: '-', allowedSpecialCharacters: '-' });
    this.registry = new glue.CfnRegistry(this, 'Resource', { name: this.registryName });
  }

  /**
   * Registers the versions of a topic's schema. Doing it again under the same name changes nothing.
   *
   * @param topic the construct that the schema is of
   * @param name of the schema
   * @param schema what the topic's records are now
   * @throws LedgerError when the ledger does not agree with the schema
   */
  register(topic: IConstruct, name: string, schema: RecordSchema): void {
    const versions = this.versionsOf(topic, name, schema);
    if (this.node.tryFindChild(name)) return;
    const [first, ...later] = versions;
    const resource = new glue.CfnSchema(this, name, {
      name,
      registry: { arn: this.registry.attrArn },
      dataFormat: 'JSON',
      compatibility: 'BACKWARD_ALL',
      schemaDefinition: JSON.stringify(first),
    });
    let previous: IConstruct = resource;
    later.forEach((version, index) => {
      const next = new glue.CfnSchemaVersion(this, `${name}-${index + 2}`, {
        schema: { schemaArn: resource.attrArn },
        schemaDefinition: JSON.stringify(version),
      });
      // Each is judged against those before it.
      next.node.addDependency(previous);
      previous = next;
    });
  }

  private versionsOf(topic: IConstruct, name: string, schema: RecordSchema): unknown[] {
    const declaring: unknown = topic.node.tryGetContext(DECLARE_SCHEMAS_CONTEXT);
    // Context given on the command line is text.
    if (declaring !== true && declaring !== 'true') return this.ledger.versionsOf(name, schema);
    const declared = declaredTopic(schema);
    const metadata: DeclaredTopicSchema = { ledger: resolve(this.ledger.path), name, ...declared };
    topic.node.addMetadata(TOPIC_METADATA, metadata);
    return [declared.version];
  }
}
