import { CustomResource, Duration, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../../foundation';
import { HandlerFunction } from '../../foundation/private/handler-function';
import { WarehouseEngine } from '../../ports';
import { AirbyteSyncMode, type AirbyteSyncProps } from '../airbyte-props';
import type { SyncParts } from './sync-parts';

const CLOUD = 'https://api.airbyte.com/v1';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Seconds, minutes, hours, days of the month, months, days of the week, and perhaps years. */
const QUARTZ = /^(\S+ ){5,6}\S+$/;

/** What Airbyte calls the destinations of our engines. */
const DESTINATIONS: Readonly<Record<WarehouseEngine, string>> = {
  [WarehouseEngine.REDSHIFT]: 'redshift',
  [WarehouseEngine.SNOWFLAKE]: 'snowflake',
  [WarehouseEngine.BIGQUERY]: 'bigquery',
  [WarehouseEngine.DATABRICKS]: 'databricks',
};

/** A source, a destination and a connection in an Airbyte that exists, which runs them by itself. */
export function createAirbyteSync(sync: Construct, props: AirbyteSyncProps, dataset: string): SyncParts {
  validate(sync, props);
  const profile = props.profile ?? DeploymentProfile.PRODUCTION;
  const handler = new HandlerFunction(sync, 'Handler', {
    handler: 'airbyte-connection',
    description: `Makes the source ${props.sourceName} in Airbyte, with its destination and connection`,
    profile,
    key: props.key,
    timeout: Duration.minutes(5),
  });
  props.secret.grantRead(handler);

  const resource = new CustomResource(sync, 'Resource', {
    resourceType: 'Custom::AirbyteConnection',
    serviceToken: handler.function.functionArn,
    serviceTimeout: Duration.minutes(6),
    properties: {
      ApiUrl: props.apiUrl ?? CLOUD,
      WorkspaceId: props.workspaceId,
      SecretArn: props.secret.secretArn,
      Name: props.sourceName,
      Dataset: dataset,
      Source: JSON.stringify(props.source),
      Destination: JSON.stringify(props.destination),
      Streams: JSON.stringify(
        props.streams.map(({ name, mode, cursorField, primaryKey }) => ({
          name,
          syncMode: mode ?? AirbyteSyncMode.INCREMENTAL_DEDUPED,
          ...(cursorField ? { cursorField: [cursorField] } : {}),
          ...(primaryKey ? { primaryKey: primaryKey.map((field) => [field]) } : {}),
        })),
      ),
      Cron: props.cron ?? '',
      DeletedWithStack: String(profile.destroyable),
    },
  });
  resource.node.addDependency(handler);
  return {};
}

function validate(sync: Construct, props: AirbyteSyncProps): void {
  const fail = (sentence: string): never => {
    throw new Error(`${sync.node.path}: ${sentence}.`);
  };
  const { apiUrl, workspaceId, source, destination, streams, cron, warehouse } = props;
  if (apiUrl !== undefined && !Token.isUnresolved(apiUrl) && !/^https:\/\/[^/]+\/.*[^/]$/.test(apiUrl)) {
    fail(`apiUrl '${apiUrl}' is no public API of Airbyte; write 'https://<host>/api/public/v1'`);
  }
  if (!Token.isUnresolved(workspaceId) && !UUID.test(workspaceId)) {
    fail(`workspaceId '${workspaceId}' is no UUID; copy it from the settings of the workspace`);
  }
  if (typeof source.sourceType !== 'string') {
    fail(`the source lacks 'sourceType', by which Airbyte knows its connector; add it, such as 'stripe'`);
  }
  const wanted = DESTINATIONS[warehouse.engine];
  if (destination.destinationType !== wanted) {
    fail(
      `the destination's 'destinationType' is '${destination.destinationType}', and the warehouse is of the engine ` +
        `'${warehouse.engine}'; write '${wanted}'`,
    );
  }
  if (streams.length === 0) fail('streams is empty, so that nothing would be read; name one at least');
  const names = streams.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) fail(`the stream '${twice}' is named twice; leave one out`);
  if (cron !== undefined && !Token.isUnresolved(cron) && !QUARTZ.test(cron)) {
    fail(`cron '${cron}' is none of Quartz; write six fields, seconds first, such as '0 0/15 * * * ?'`);
  }
  const bare = /"(password|client_secret|api_key|access_token|private_key)":"(?!\{secret:)[^"]/.exec(
    JSON.stringify([source, destination]),
  );
  if (bare) fail(`'${bare[1]}' stands in the configuration, and with it in the template; write '{secret:${bare[1]}}'`);
}
