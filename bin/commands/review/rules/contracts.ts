import { listed, pathOf } from '../consumers';
import type { Risk } from '../risk';
import { principalsByTable, type TableGrant, tableGrantsOf } from '../table-grants';
import { stable, type Template, textOf } from '../template';
import type { Comparison, Rule } from './rule';
import { riskOf } from './rule';

/** What somebody outside of the stack relies on: names, routes, exports, the right to read. Columns are a rule of tables. */
export const contractRules: Rule = (comparison) => [
  ...interfaces(comparison),
  ...exports_(comparison),
  ...withdrawn(comparison),
];

/** Types that others reach by a name, and where that name is. */
const NAMED: Readonly<Record<string, readonly [property: string, what: string]>> = {
  'AWS::ApiGatewayV2::Route': ['RouteKey', 'route'],
  'AWS::Athena::WorkGroup': ['Name', 'workgroup'],
  'AWS::SNS::Topic': ['TopicName', 'notification topic'],
  'AWS::Glue::Schema': ['Name', 'schema'],
  'AWS::RedshiftServerless::Workgroup': ['WorkgroupName', 'warehouse endpoint'],
  'AWS::Lambda::Url': ['TargetFunctionArn', 'function URL'],
};

function interfaces({ changes, consumers }: Comparison): Risk[] {
  return changes
    .filter(({ before }) => before !== undefined && Object.hasOwn(NAMED, before.Type))
    .flatMap((change) => {
      const { before, after, effect } = change;
      const [property, what] = NAMED[before?.Type ?? ''];
      const name = textOf(before?.Properties?.[property]) || change.logicalId;
      if (effect === 'delete' || effect === 'leave behind') {
        const moved = changes.some(
          (other) =>
            other.effect === 'create' &&
            other.type === change.type &&
            textOf(other.after?.Properties?.[property]) === name,
        );
        const used = consumers.of(change.stack, change.logicalId);
        const says = moved
          ? `${what} '${name}' is made anew under another logical id: it is away while the stack is updated, and CloudFormation refuses where the name is still taken. Keep the logical id.`
          : `${what} '${name}' is removed: whoever uses it fails${used.length === 0 ? '' : `, in this app ${listed(used)}`}. Tell its consumers first.`;
        return riskOf(change, 'interface-removed', 'contract', says);
      }
      const renamed = stable(before?.Properties?.[property]) !== stable(after?.Properties?.[property]);
      return renamed
        ? riskOf(
            change,
            'interface-renamed',
            'contract',
            `${what} '${name}' is called '${textOf(after?.Properties?.[property])}': whoever uses the old name fails. Offer both for a while.`,
          )
        : [];
    });
}

/** Exports of a stack that other stacks import, and outputs, which people and scripts read. */
function exports_({ before, after, consumers }: Comparison): Risk[] {
  return before.flatMap(({ name: stack, template }) => {
    const then = after.find(({ name }) => name === stack)?.template;
    if (then === undefined) return [];
    return Object.entries(template.Outputs ?? {}).flatMap(([logicalId, { Export }]) => {
      const place = { stack, logicalId, path: `${stack}/${logicalId}` };
      if (Export === undefined) {
        return then.Outputs?.[logicalId] === undefined
          ? riskOf(
              place,
              'output-removed',
              'contract',
              `output '${logicalId}' is removed; scripts that read it fail.`,
              {
                needsApproval: false,
              },
            )
          : [];
      }
      const exported = textOf(Export.Name);
      return exportsOf(then).has(exported)
        ? []
        : riskOf(
            place,
            'export-removed',
            'contract',
            `export '${exported}' is removed. ${importedBy(consumers.importers(exported), exported)}`,
          );
    });
  });
}

function importedBy(importers: readonly string[], exported: string): string {
  return importers.length === 0
    ? `Nothing in this app imports it; another stack may, and CloudFormation refuses while one does: \`aws cloudformation list-imports --export-name ${exported}\` names them.`
    : `It is imported by ${listed(importers)}: CloudFormation refuses while one does, and this stack is deployed before them. Keep the export in this deployment (\`stack.exportValue\`), and remove it in the next.`;
}

function exportsOf({ Outputs = {} }: Template): Set<string> {
  return new Set(Object.values(Outputs).flatMap(({ Export }) => (Export === undefined ? [] : [textOf(Export.Name)])));
}

/** Tables that somebody of another account, or known by name, could read and cannot any more. */
function withdrawn({ before, after }: Comparison): Risk[] {
  return before.flatMap((old) => {
    const stack = after.find(({ name }) => name === old.name);
    if (stack === undefined) return [];
    const still = new Set(
      tableGrantsOf(stack)
        .filter(({ reads }) => reads)
        .map(readerOf),
    );
    const lost = tableGrantsOf(old)
      .filter(({ table, principal, reads }) => {
        // A table that goes is a risk by itself, and so is a role of the stack.
        return reads && !principal.startsWith('${') && stack.template.Resources?.[table] !== undefined;
      })
      .filter((grant) => !still.has(readerOf(grant)));
    return principalsByTable(lost).map(([logicalId, who]) => {
      const path = pathOf(stack.template.Resources?.[logicalId], `${old.name}/${logicalId}`);
      const says = `no longer lets ${listed(who)} read it, by Lake Formation: what they make of it fails. Agree with them on a day first.`;
      return riskOf({ stack: old.name, logicalId, path }, 'access-withdrawn', 'contract', says);
    });
  });
}

function readerOf({ table, principal }: TableGrant): string {
  return `${table} ${principal}`;
}
