import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../cli-errors';
import { type Bootstrap, readStacks } from '../rehearse/cdk';
import type { Json, Resource, Template } from './template';

/** One stack of a cloud assembly. */
export interface Stack {
  readonly name: string;
  /** Undefined for a stack that fits any account. */
  readonly account?: string;
  /** Undefined for a stack that fits any region. */
  readonly region?: string;
  /** What it needs of the bootstrap; undefined when it needs none. */
  readonly bootstrap?: Bootstrap;
  /** Of the role by which CloudFormation deploys, with pseudo parameters in it. */
  readonly executionRole?: string;
  readonly template: Template;
}

/** What a rule of cdk-nag, or of another plugin, says of one construct. */
export interface Finding {
  /** Name of the rule, e.g. `AwsSolutions-S1`. */
  readonly rule: string;
  /** Path of the construct. */
  readonly path: string;
  readonly says: string;
}

/** As much of a cloud assembly as is reviewed. */
export interface Assembly {
  readonly stacks: readonly Stack[];
  /** Undefined when no validation plugin ran. */
  readonly findings?: readonly Finding[];
}

/**
 * The stacks of a synthesized cloud assembly, those of its stages included.
 *
 * @throws UserError when the folder holds none
 */
export function readAssembly(folder: string): Assembly {
  if (!existsSync(join(folder, 'manifest.json'))) {
    throw new UserError(`${folder} is no cloud assembly; name the folder that \`cdk synth --output\` wrote.`);
  }
  return {
    stacks: readStacks(folder).map(({ stackName, assembly, template, account, region, bootstrap, executionRole }) => ({
      name: stackName,
      account,
      region,
      bootstrap,
      executionRole,
      template: withPaths(
        JSON.parse(readFileSync(join(assembly, template), 'utf8')) as Template,
        pathsIn(assembly, template),
      ),
    })),
    findings: findingsIn(folder),
  };
}

/** Paths of constructs by logical ids, which a template has only where the CDK was told to write them. */
function pathsIn(assembly: string, template: string): Map<string, string> {
  const file = join(assembly, template.replace(/\.template\.json$/, '.metadata.json'));
  if (!existsSync(file)) return new Map();
  const metadata = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { type: string; data?: unknown }[]>;
  return new Map(
    Object.entries(metadata).flatMap(([path, entries]) =>
      entries
        .filter(({ type }) => type === 'aws:cdk:logicalId')
        .map(({ data }) => [String(data), path.replace(/^\//, '')] as const),
    ),
  );
}

function withPaths(template: Template, paths: ReadonlyMap<string, string>): Template {
  const named = Object.entries(template.Resources ?? {}).map(([id, resource]): [string, Resource] => {
    const path = resource.Metadata?.['aws:cdk:path'] ?? paths.get(id);
    return [
      id,
      path === undefined ? resource : { ...resource, Metadata: { ...resource.Metadata, 'aws:cdk:path': path as Json } },
    ];
  });
  return { ...template, Resources: Object.fromEntries(named) };
}

/** As much of a validation report as is read here; see the CDK’s cloud-assembly-schema. */
interface ValidationReport {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly description: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

function findingsIn(folder: string): Finding[] | undefined {
  const file = join(folder, 'validation-report.json');
  if (!existsSync(file)) return undefined;
  const { pluginReports } = JSON.parse(readFileSync(file, 'utf8')) as ValidationReport;
  return pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, description, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => ({ rule: ruleName, path: constructPath, says: description })),
    ),
  );
}
