import { mkdirSync, readFileSync, writeFileSync } from 'fs';
import { delimiter, join } from 'path';
import { pathToFileURL } from 'url';
import { UserError } from '../../../../cli-errors';
import type { AssemblyStack } from '../../cdk';
import { runProcess } from '../../run-process';
import type { FlinkToolchain } from '../../toolchain/flink';
import { javaBinary } from '../../toolchain/locate';

const CHECK_CLASS = 'datapatterns.flink.PlanCheck';
/** Stands for what is known only once the stack is deployed; planning asks nobody. */
const UNKNOWN = 'known-when-deployed';

interface PropertyGroup {
  readonly PropertyGroupId: string;
  readonly PropertyMap: { readonly [name: string]: unknown };
}

/** A Flink application of a synthesized stack. */
export interface PlannedApplication {
  /** Logical id. */
  readonly id: string;
  /** As it would be deployed: scripts are those of the assembly, what the deployment decides has a place holder. */
  readonly groups: readonly PlannedPropertyGroup[];
}

export interface PlannedPropertyGroup {
  readonly PropertyGroupId: string;
  readonly PropertyMap: { readonly [name: string]: string };
}

interface Template {
  readonly Resources: { readonly [id: string]: { readonly Type: string; readonly Properties: unknown } };
}

interface Application {
  readonly ApplicationConfiguration: { readonly EnvironmentProperties: { readonly PropertyGroups: PropertyGroup[] } };
}

/** The applications of a synthesized stack. */
export function flinkApplications({
  assembly,
  template,
}: Pick<AssemblyStack, 'assembly' | 'template'>): PlannedApplication[] {
  const { Resources } = JSON.parse(readFileSync(join(assembly, template), 'utf8')) as Template;
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === 'AWS::KinesisAnalyticsV2::Application')
    .map(([id, { Properties }]) => {
      const { PropertyGroups } = (Properties as Application).ApplicationConfiguration.EnvironmentProperties;
      return { id, groups: PropertyGroups.map((group) => beforeDeployment(group, assembly)) };
    });
}

/**
 * Has Flink's own planner judge the SQL of every application of a synthesized stack that writes topics alone.
 *
 * @param folder receives what the planner is given
 * @throws UserError with file, line, column and what is wrong
 */
export async function checkPlans(
  stack: AssemblyStack,
  flink: FlinkToolchain,
  javaHome: string,
  folder: string,
): Promise<void> {
  for (const { id, groups } of flinkApplications(stack)) {
    if (!writesLake(groups)) await checkPlan(groups, flink, javaHome, join(folder, id));
  }
}

/** Iceberg's sink asks for its table while it is planned, and that is not there before the deployment. */
function writesLake(groups: readonly PlannedPropertyGroup[]): boolean {
  return groups.some(({ PropertyMap }) => Object.keys(PropertyMap).some((name) => name.startsWith('lake.')));
}

/** Judges the scripts that property groups name. */
export async function checkPlan(
  groups: readonly object[],
  flink: FlinkToolchain,
  javaHome: string,
  folder: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const properties = join(folder, 'application_properties.json');
  writeFileSync(properties, JSON.stringify(groups));
  const classPath = [...flink.classPath, flink.runnerJar].join(delimiter);
  const { code, output } = await runProcess(
    javaBinary(javaHome),
    ['-XX:TieredStopAtLevel=1', ...flink.javaOptions, '-cp', classPath, CHECK_CLASS],
    { cwd: folder, env: { ...process.env, APPLICATION_PROPERTIES_FILE: properties } },
  );
  if (code !== 0) {
    throw new UserError(sentenceOf(output));
  }
}

/** What the planner says first; its logger may have written before. */
function sentenceOf(output: string): string {
  const lines = output.trimEnd().split('\n');
  return lines.find((line) => !/^(ERROR|WARN|SLF4J|\d\d:\d\d:\d\d)/.test(line)) ?? output;
}

function beforeDeployment({ PropertyGroupId, PropertyMap }: PropertyGroup, assembly: string): PlannedPropertyGroup {
  const values = Object.entries(PropertyMap).map(([name, value]) => [
    name,
    PropertyGroupId === 'Scripts' ? scriptIn(assembly, value) : typeof value === 'string' ? value : UNKNOWN,
  ]);
  return { PropertyGroupId, PropertyMap: Object.fromEntries(values) };
}

/** A script stands in the assembly under the hash that its object will have. */
function scriptIn(assembly: string, uri: unknown): string {
  const hash = /([0-9a-f]{64})\.sql/.exec(JSON.stringify(uri))?.[1];
  if (hash === undefined) throw new Error(`${JSON.stringify(uri)}: is no script of the assembly`);
  return pathToFileURL(join(assembly, `asset.${hash}.sql`)).href;
}
