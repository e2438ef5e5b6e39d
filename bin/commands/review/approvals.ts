import { existsSync } from 'node:fs';
import { YamlFileError, YamlFile } from '../../../lib/foundation/private/yaml-file';
import { UserError } from '../../cli-errors';
import schema from './approvals.schema.json';
import type { Risk } from './risk';

/** Somebody's word that a risk is meant. */
export interface Approval {
  /** Id of the risk. */
  readonly id: string;
  readonly reason: string;
  /** The last day on which it counts, YYYY-MM-DD. */
  readonly expires: string;
}

/** A risk with the approval that covers it, if any. */
export interface JudgedRisk extends Risk {
  readonly approval?: Approval;
}

/** How approvals went. */
export interface Judgement {
  readonly risks: readonly JudgedRisk[];
  /** Approvals that cover nothing any more, or no longer count. */
  readonly stale: readonly { readonly approval: Approval; readonly why: string }[];
}

/**
 * Reads `review-approvals.yaml`; there are none where there is no such file.
 *
 * @throws UserError naming every problem with file, line, column and remedy
 */
export function loadApprovals(file: string): Approval[] {
  if (!existsSync(file)) return [];
  try {
    const yaml = new YamlFile(file, 'approvals: []');
    yaml.check(schema, yaml.content);
    return yaml.content.approvals as Approval[];
  } catch (error) {
    throw error instanceof YamlFileError ? new UserError(error.message) : error;
  }
}

/** @param today YYYY-MM-DD */
export function judgeRisks(risks: readonly Risk[], approvals: readonly Approval[], today: string): Judgement {
  const valid = new Map(approvals.filter(({ expires }) => expires >= today).map((each) => [each.id, each]));
  const known = new Set(risks.map(({ id }) => id));
  return {
    risks: risks.map((risk) => ({ ...risk, approval: risk.needsApproval ? valid.get(risk.id) : undefined })),
    stale: approvals
      .filter(({ id, expires }) => expires < today || !known.has(id))
      .map((approval) => ({
        approval,
        why: approval.expires < today ? `expired on ${approval.expires}` : 'covers no risk of this change; remove it',
      })),
  };
}
