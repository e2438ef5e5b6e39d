import { askApi, assumeRole, type AwsConnection, AwsError } from '../../aws';
import type { ReportedCheck } from '../../report/model';
import type { DeployedStack } from '../data-flow';
import { asOperator } from '../outcomes';

const PATH = '/api/v1/trades';
/** The role of Trading that people of Risk take on, by the name that both sides know. */
const API_ROLE = 'data-mesh-api-trading.trades.v1-risk';

/** What is asked for; the independent computation asks its own rows the same. */
export const ASKED_TRADES = {
  symbol: 'AAPL',
  side: 'buy',
  from: '2026-01-10T00:00:00Z',
  until: '2026-01-20T00:00:00Z',
} as const;
const [FEWEST_ROWS, MOST_ROWS] = [5, 500];

/** A row as the API tells it. */
export type ApiRow = { readonly [column: string]: string | null };

interface Page {
  readonly rows: readonly ApiRow[];
  readonly nextPageToken?: string;
}

/** The API of trading.trades, as people of other domains reach it. */
export class ProductApi {
  public constructor(
    private readonly trading: DeployedStack,
    private readonly risk: DeployedStack,
    private readonly finance: DeployedStack,
  ) {}

  /** Every page of what is asked for, by people of Risk, who have subscribed. */
  public async read(sent: number): Promise<{ readonly pages: number; readonly rows: readonly ApiRow[] }> {
    const reader = await this.asSubscriber(this.risk, 'Risk');
    const { symbol, side, from, until } = ASKED_TRADES;
    const pageSize = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, Math.ceil(sent / 200)));
    const query = new URLSearchParams({ symbol, side, pageSize: String(pageSize) });
    query.set('traded_at.gte', from);
    query.set('traded_at.lt', until);
    const rows: ApiRow[] = [];
    for (let pages = 1; ; pages++) {
      const answer = await this.ask(reader, `${PATH}?${query.toString()}`);
      if (answer.status !== 200) throw new Error(`${PATH} answers ${answer.status}: ${await answer.text()}`);
      const page = (await answer.json()) as Page;
      rows.push(...page.rows);
      if (page.nextPageToken === undefined) return { pages, rows };
      query.set('pageToken', page.nextPageToken);
    }
  }

  /** What those hear who have no business there, and who asks for what there is not. */
  public async doors(): Promise<ReportedCheck[]> {
    const subscriber = await this.asSubscriber(this.risk, 'Risk');
    const people = await asPeople(this.finance, 'Finance');
    const told = async (who: AwsConnection, path: string): Promise<string> =>
      String((await this.ask(who, path)).status);
    return [
      check(
        'people of Risk get the OpenAPI of what they have subscribed to',
        '200',
        await told(subscriber, `${PATH}/openapi.json`),
      ),
      check(
        'a column that there is not is refused with a sentence',
        '400',
        await told(subscriber, `${PATH}?colour=red`),
      ),
      check(
        'people of Risk do not reach another product of the domain',
        '403',
        await told(subscriber, '/api/v1/volumes'),
      ),
      check('people of Finance, who have not subscribed, are refused by IAM', '403', await told(people, PATH)),
      check(
        'people of Finance do not take on the role of those who have subscribed',
        'AccessDenied',
        await this.asSubscriber(this.finance, 'Finance').then(
          () => 'taken on',
          (error: unknown) => (error instanceof AwsError ? error.code : String(error)),
        ),
      ),
    ];
  }

  private async asSubscriber(stack: DeployedStack, domain: string): Promise<AwsConnection> {
    const role = `arn:aws:iam::${this.trading.emulator.account}:role/${API_ROLE}`;
    return assumeRole(await asPeople(stack, domain), role);
  }

  private ask(connection: AwsConnection, path: string): Promise<Response> {
    return askApi(connection, this.trading.outputs.TradingApiUrl, path);
  }
}

function asPeople({ emulator, outputs }: DeployedStack, domain: string): Promise<AwsConnection> {
  return assumeRole(asOperator(emulator), outputs[`${domain}ReaderRoleArn`]);
}

function check(name: string, expected: string, actual: string): ReportedCheck {
  return { name: `api: ${name}`, expected, actual, passed: expected === actual };
}
