import type { Judgement } from './rule';
import { RULES } from './rules';
import { type CloudFormationTemplate, TemplateModel } from './template';

/** A resource that breaks a rule, or may. */
export interface Finding {
  /** Id of the rule. */
  readonly rule: string;
  readonly logicalId: string;
  readonly outcome: 'non-compliant' | 'unresolved';
  readonly text: string;
  readonly remedy: string;
  readonly source: string;
}

/** Judges every resource of a template by every rule of the pack. */
export function judge(template: CloudFormationTemplate): Finding[] {
  const model = new TemplateModel(template);
  return model.resources.flatMap((resource) =>
    RULES.filter(({ types }) => types.includes(resource.type)).flatMap((rule) => {
      const judged = rule.judge(resource, model);
      const { outcome, detail }: Judgement = typeof judged === 'string' ? { outcome: judged } : judged;
      if (outcome === 'compliant' || outcome === 'not-applicable') return [];
      const { remedy, source } = rule;
      return [{ rule: rule.id, logicalId: resource.id, outcome, text: detail ?? rule.text, remedy, source }];
    }),
  );
}
