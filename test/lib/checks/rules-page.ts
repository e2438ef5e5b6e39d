import type { Rule } from '../../../lib/checks/private/rule';

/** docs/nag-rules.md, made from the rules. */
export function rulesPage(rules: readonly Rule[]): string {
  const rows = rules.map(({ id, types, text, remedy, source }) =>
    row([`\`DataPlatform::${id}\``, types.map((type) => `\`${type}\``).join(', '), text, remedy, source]),
  );
  return [HEAD, row(['rule', 'resources', 'finding', 'remedy', 'source']), '|---|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
}

const HEAD = `# Rules of DataPlatformChecks

For what the packs of cdk-nag do not know. In any CDK app, beside cdk-nag or without it:

<!-- sample: import { App, Validations } from 'aws-cdk-lib'; declare const app: App; -->
\`\`\`ts
Validations.of(app).addPlugins(new DataPlatformChecks());
\`\`\`

A finding fails the synthesis. Accept one beside the construct, with the reason:
\`Validations.of(construct).acknowledge({ id: 'DataPlatform::EmrServerlessImage', reason: '...' })\`.
What only CloudFormation knows (the value of a parameter, a network or a role outside of the template) is a warning: it is said that nobody can tell before
deployment. A property that is missing counts as its least safe value; \`AWS::NoValue\` counts as missing; of \`Fn::If\` both branches are judged.

The source says where a rule comes from: a page with the day on which it was read, or that nobody read it.

This page is made from the rules; a test compares the two.
`;
