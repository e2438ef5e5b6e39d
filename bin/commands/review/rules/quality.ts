import type { Change } from '../changes';
import type { Risk } from '../risk';
import { at, listOf, type Properties, stable, textOf } from '../template';
import type { Rule } from './rule';
import { riskOf } from './rule';

/** Alarms, quality rules and logs that are taken away or let more through. */
export const qualityRules: Rule = ({ changes }) =>
  changes.flatMap((change) => [
    ...alarms(change),
    ...rulesets(change),
    ...watching(change),
    ...guards(change, changes),
  ]);

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
  'AWS::SNS::Subscription': 'what its topic tells',
};

/** What stops something before it happens. */
const STOPS: Readonly<Record<string, string>> = {
  'Custom::IcebergTableGuard': 'a change that ruins the table',
  'Custom::RedshiftUsageLimit': 'a day that costs more than was meant',
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
  return Object.hasOwn(STARTERS, type) ? starters(change) : [];
}

function guards(change: Change, changes: readonly Change[]): Risk[] {
  const { type, before } = change;
  if (before === undefined || !isTakenAway(change) || !Object.hasOwn(STOPS, type)) return [];
  // With what it guarded goes nothing besides.
  const guarded = textOf(before.Properties?.TableName);
  const goesToo = changes.some(
    (other) =>
      other.type === 'AWS::Glue::Table' && isTakenAway(other) && textOf(other.before?.Properties?.Name) === guarded,
  );
  if (goesToo) return [];
  const says = `${type} is removed; nothing stops ${STOPS[type]} any more. Keep it.`;
  return [riskOf(change, 'guard-removed', 'quality', says)];
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

/** What starts something, whether it does, and what it starts. */
const STARTERS: Readonly<Record<string, { isOn: (properties?: Properties) => boolean; starts: string; when: string }>> =
  {
    'AWS::Scheduler::Schedule': {
      isOn: (properties) => textOf(properties?.State) !== 'DISABLED',
      starts: 'Target.Arn',
      when: 'ScheduleExpression',
    },
    'AWS::Events::Rule': {
      isOn: (properties) => textOf(properties?.State) !== 'DISABLED',
      starts: 'Targets',
      when: 'ScheduleExpression',
    },
    'AWS::Lambda::EventSourceMapping': {
      isOn: (properties) => properties?.Enabled !== false,
      starts: 'FunctionName',
      when: 'Topics',
    },
    'AWS::IoT::TopicRule': {
      isOn: (properties) => at(properties, 'TopicRulePayload.RuleDisabled') !== true,
      starts: 'TopicRulePayload.Actions',
      when: 'TopicRulePayload.Sql',
    },
  };

function starters(change: Change): Risk[] {
  const { type, before, after } = change;
  if (before === undefined) return [];
  const { isOn, starts, when } = STARTERS[type];
  if (!isTakenAway(change) && !(isOn(before.Properties) && !isOn(after?.Properties))) return [];
  const [target, occasion] = [at(before.Properties, starts), textOf(at(before.Properties, when))];
  const says = `nothing starts ${stable(target)} any more${occasion === '' ? '' : ` by ${occasion}`}; its tables fall behind. Keep what starts it.`;
  return [riskOf(change, 'schedule-removed', 'quality', says)];
}
