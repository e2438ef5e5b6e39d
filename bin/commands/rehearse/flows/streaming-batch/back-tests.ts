import { readFileSync } from 'fs';
import { join } from 'path';
import type { AwsConnection } from '../../aws';
import type { AssemblyStack } from '../../cdk';
import { runQuery } from '../athena-query';

/** A rule as a query over the past. */
export interface BackTest {
  readonly name: string;
  readonly database: string;
  readonly sql: string;
}

type Text = string | { readonly Ref: string } | { readonly 'Fn::Join': readonly [string, readonly Text[]] };

interface Template {
  readonly Resources: {
    readonly [id: string]: {
      readonly Type: string;
      readonly Properties?: {
        readonly Name?: string;
        readonly Database?: Text;
        readonly QueryString?: Text;
        readonly DatabaseInput?: { readonly Name: string };
      };
    };
  };
}

const NAME = /: back-test$/;

/**
 * The saved queries of a synthesized stack that are back-tests, as they are deployed: the emulator keeps a saved query as
 * a record, which nobody can read.
 */
export function backTestsOf({ assembly, template }: Pick<AssemblyStack, 'assembly' | 'template'>): BackTest[] {
  const { Resources } = JSON.parse(readFileSync(join(assembly, template), 'utf8')) as Template;
  const textOf = (text: Text = ''): string => {
    if (typeof text === 'string') return text;
    // A database is referred to by its name.
    if ('Ref' in text) return Resources[text.Ref].Properties?.DatabaseInput?.Name ?? text.Ref;
    const [separator, parts] = text['Fn::Join'];
    return parts.map(textOf).join(separator);
  };
  return Object.values(Resources)
    .filter(({ Type, Properties }) => Type === 'AWS::Athena::NamedQuery' && NAME.test(Properties?.Name ?? ''))
    .map(({ Properties }) => ({
      name: Properties?.Name ?? '',
      database: textOf(Properties?.Database),
      sql: textOf(Properties?.QueryString),
    }));
}

/** Runs back-tests; gives the first two columns, rule and trade, of what they find. */
export async function runBackTests(
  connection: AwsConnection,
  workgroup: string,
  tests: readonly BackTest[],
): Promise<string[]> {
  const found: string[] = [];
  for (const { name, database, sql } of tests) {
    const { state, error, rows } = await runQuery(connection, workgroup, database, sql);
    if (state !== 'SUCCEEDED') throw new Error(`${name} ended ${state}: ${error}`);
    found.push(...rows.map(([rule, trade]) => `${rule} ${trade}`));
  }
  return found;
}
