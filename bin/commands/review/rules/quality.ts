import type { Change } from '../changes';
import type { Risk } from '../risk';
import { at, listOf, type Properties, stable, textOf } from '../template';
import type { Rule } from './rule';
import { riskOf } from './rule';

/** Alarms, quality rules and logs that are taken away or let more through. */
export const qualityRules: Rule = ({ changes }) =>
  changes.flatMap((change) => [...alarms(change), ...rulesets(change), ...watching(change)]);

function isTakenAway({ effect }: Change): boolean {
  return effect === 'delete' || effect === 'leave behind';
}

function alarms(change: Change): Risk[] {
  const { type, before, after } = change;
  if (type !== 'AWS::CloudWatch::Alarm' || before === undefined) return [];
  const [was, is] = [before.Properties, after?.Properties];
  const description = textOf(was?.AlarmDescription).split('. ')[0] || change.logicalId;
  if (isTakenAway(change)) {
    return [riskOf(change, 'alarm-removed', 'quality', `nobody hears of it any more: ${description}. Keep the alarm.`)];
  }
  const silenced =
    (was?.ActionsEnabled !== false && is?.ActionsEnabled === false) ||
    (listOf(was?.AlarmActions).length > 0 && listOf(is?.AlarmActions).length === 0);
  if (silenced) {
    return [
      riskOf(
        change,
        'alarm-silenced',
        'quality',
        `the alarm tells nobody any more: ${description}. Leave its actions on.`,
      ),
    ];
  }
  return isLaxer(was, is)
    ? [
        riskOf(
          change,
          'alarm-relaxed',
          'quality',
          `the alarm rings later: ${description} (${limits(was)} becomes ${limits(is)}). Say why in the approval.`,
        ),
      ]
    : [];
}

/** Whether there are values that rang before and do not now: of the threshold, or of how often it has to be passed. */
function isLaxer(was: Properties | undefined, is: Properties | undefined): boolean {
  if (textOf(was?.ComparisonOperator) !== textOf(is?.ComparisonOperator)) return true;
  const [old, now] = [Number(was?.Threshold), Number(is?.Threshold)];
  const upwards = textOf(was?.ComparisonOperator).startsWith('Greater');
  if (upwards ? now > old : now < old) return true;
  const needed = (properties: Properties | undefined): number =>
    Number(properties?.DatapointsToAlarm ?? properties?.EvaluationPeriods ?? 1);
  return needed(is) > needed(was) || (was?.TreatMissingData === 'breaching' && is?.TreatMissingData !== 'breaching');
}

function limits(properties: Properties | undefined): string {
  return `${textOf(properties?.ComparisonOperator)} ${textOf(properties?.Threshold)}, ${textOf(properties?.EvaluationPeriods)} times`;
}

function rulesets(change: Change): Risk[] {
  const { type, before, after } = change;
  if (type !== 'AWS::Glue::DataQualityRuleset' || before === undefined) return [];
  const name = textOf(before.Properties?.Description) || change.logicalId;
  if (isTakenAway(change)) {
    return [
      riskOf(
        change,
        'quality-rules-removed',
        'quality',
        `quality rules '${name}' are removed; what they kept out passes. Keep them.`,
      ),
    ];
  }
  const [was, is] = [before, after].map((each) => dqdlRules(textOf(each?.Properties?.Ruleset)));
  const gone = was.filter((rule) => !is.includes(rule));
  return gone.length === 0
    ? []
    : [
        riskOf(
          change,
          'quality-rules-removed',
          'quality',
          `quality rules '${name}' no longer have: ${gone.join('; ')}. Compare with what stands there now, and say why in the approval.`,
        ),
      ];
}

/** The rules of a DQDL text, each on a line, without layout. */
function dqdlRules(ruleset: string): string[] {
  const body = /\[([\s\S]*)\]/.exec(ruleset)?.[1] ?? '';
  return body
    .split(/,\s*\n|\n/)
    .map((line) => line.replace(/,\s*$/, '').trim())
    .filter(Boolean);
}

/** Things that are there to be looked at afterwards. */
const WATCHING: Readonly<Record<string, string>> = {
  'AWS::EC2::FlowLog': 'who connected to what',
  'AWS::CloudTrail::Trail': 'who did what',
  'AWS::CloudWatch::Dashboard': 'its dashboard',
};

function watching(change: Change): Risk[] {
  const { type, before, after } = change;
  if (before !== undefined && isTakenAway(change) && Object.hasOwn(WATCHING, type)) {
    const needsApproval = type !== 'AWS::CloudWatch::Dashboard';
    return [
      riskOf(change, 'watching-removed', 'quality', `${type} is removed; ${WATCHING[type]} is no longer seen.`, {
        needsApproval,
      }),
    ];
  }
  if (type === 'AWS::StepFunctions::StateMachine' && before !== undefined && after !== undefined) return steps(change);
  if (type === 'AWS::Scheduler::Schedule' || type === 'AWS::Events::Rule') return schedules(change);
  return [];
}

/** Steps of a pipeline that are gone, a quality gate among them. */
function steps(change: Change): Risk[] {
  const names = (properties: Properties | undefined): string[] => {
    const text = textOf(properties?.DefinitionString ?? properties?.Definition);
    return [...text.matchAll(/"([^"]+)":\{"(?:Type|Next|End|Comment)"/g)].map(([, name]) => name);
  };
  const gone = names(change.before?.Properties).filter((name) => !names(change.after?.Properties).includes(name));
  return gone.length === 0
    ? []
    : [
        riskOf(
          change,
          'pipeline-steps-removed',
          'quality',
          `the pipeline no longer has: ${gone.join(', ')}. Fine for a step that was renamed; a quality gate that is gone lets everything pass.`,
        ),
      ];
}

function schedules(change: Change): Risk[] {
  const { before, after } = change;
  if (before === undefined) return [];
  const isOn = (properties: Properties | undefined): boolean => textOf(at(properties, 'State')) !== 'DISABLED';
  if (!isTakenAway(change) && !(isOn(before.Properties) && !isOn(after?.Properties))) return [];
  const target = stable(at(before.Properties, 'Target.Arn'));
  return [
    riskOf(
      change,
      'schedule-removed',
      'quality',
      `nothing starts ${target} any more at ${textOf(before.Properties?.ScheduleExpression)}; its tables fall behind. Keep the schedule.`,
    ),
  ];
}
