import type { ContractTerms, ProductApi, ProductStream, ProductTable } from '../../contract-terms';

/** A piece of code that reads a product. */
export interface Sample {
  readonly title: string;
  readonly language: 'SQL' | 'Python';
  readonly code: string;
}

/** How the product is read by SQL and by Python, through each way that its contract offers. */
export function samplesOf(stated: ContractTerms): Sample[] {
  return [
    ...stated.tables.flatMap((table) => tableSamples(stated, table)),
    ...stated.streams.map(streamSample),
    ...stated.apis.map(apiSample),
  ];
}

/** So many columns are named; of more, all are taken. */
const NAMED_COLUMNS = 8;

function tableSamples(stated: ContractTerms, table: ProductTable): Sample[] {
  const { databaseName, tableName } = table;
  const sql = queryOf(stated, table);
  return [
    { title: `Table ${databaseName}.${tableName}`, language: 'SQL', code: sql },
    {
      title: `Table ${databaseName}.${tableName}`,
      language: 'Python',
      // https://aws-sdk-pandas.readthedocs.io/en/stable/stubs/awswrangler.athena.read_sql_query.html
      code: `import awswrangler

rows = awswrangler.athena.read_sql_query(
    """
${sql.replace(/^/gm, '    ')}
    """,
    database=${pythonText(databaseName)},
    workgroup="YOUR_WORKGROUP",
    ctas_approach=False,
)`,
    },
  ];
}

/** Athena's SQL, which is Trino's. Only the last day is read where the contract says which time events have. */
function queryOf({ schema }: ContractTerms, { databaseName, tableName }: ProductTable): string {
  const columns = schema?.columns ?? [];
  const shown =
    columns.length === 0 || columns.length > NAMED_COLUMNS
      ? '*'
      : columns.map(({ name }) => quoted(name)).join(',\n       ');
  const eventTime = columns.find(({ name }) => name === schema?.eventTime);
  const now = eventTime && NOW[eventTime.type.toString()];
  return [
    `SELECT ${shown}`,
    `FROM ${quoted(databaseName)}.${quoted(tableName)}`,
    ...(eventTime && now ? [`WHERE ${quoted(eventTime.name)} >= ${now} - INTERVAL '1' DAY`] : []),
    'LIMIT 100',
  ].join('\n');
}

/** The present in the type of the column that it is compared with. */
const NOW: { readonly [type: string]: string } = {
  timestamptz: 'current_timestamp',
  timestamp: 'localtimestamp',
  date: 'current_date',
};

function streamSample({ topicName }: ProductStream): Sample {
  return {
    title: `Topic ${topicName}`,
    language: 'Python',
    // https://github.com/aws/aws-msk-iam-sasl-signer-python
    code: `from aws_msk_iam_sasl_signer import MSKAuthTokenProvider
from confluent_kafka import Consumer


def token(_):
    value, expires_in_milliseconds = MSKAuthTokenProvider.generate_auth_token("YOUR_REGION")
    return value, expires_in_milliseconds / 1000


consumer = Consumer(
    {
        "bootstrap.servers": "BOOTSTRAP_SERVERS",
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "OAUTHBEARER",
        "oauth_cb": token,
        "group.id": "YOUR_CONSUMER_GROUP",
        "auto.offset.reset": "earliest",
    }
)
consumer.subscribe([${pythonText(topicName)}])
while True:
    message = consumer.poll(1.0)
    if message is not None and message.error() is None:
        print(message.value())`,
  };
}

function apiSample({ endpoint }: ProductApi): Sample {
  return {
    title: `API ${endpoint}`,
    language: 'Python',
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html: requests are signed by IAM.
    code: `import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

session = boto3.Session()  # as the role of the owner that your subscription names (apiRoleArn)
request = AWSRequest("GET", "https://API_HOST" + ${pythonText(endpoint)})
SigV4Auth(session.get_credentials(), "execute-api", session.region_name).add_auth(request)
response = requests.get(request.url, headers=dict(request.headers), timeout=10)
response.raise_for_status()
rows = response.json()["rows"]`,
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** JSON's texts are Python's, too. */
function pythonText(text: string): string {
  return JSON.stringify(text);
}
