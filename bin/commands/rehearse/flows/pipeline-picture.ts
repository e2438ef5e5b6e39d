import type { ReportedStage, ReportedStep, StepKind } from '../report/model';

/** A step of a pattern's picture, played by one of the stages of a rehearsal. */
export interface PictureStep {
  readonly title: string;
  readonly kind: StepKind;
  /** Fits the names of the stages that may have played it. */
  readonly stage: RegExp;
  /** Not drawn when it did not run. */
  readonly optional?: boolean;
}

/** The steps, each with the stage that played it: of several that fit, the one with most rows. */
export function stepsOf(picture: readonly PictureStep[], stages: readonly ReportedStage[]): ReportedStep[] {
  const fitting = (step: PictureStep) => stages.filter(({ name }) => step.stage.test(name));
  return picture
    .filter((step) => !step.optional || fitting(step).length > 0)
    .map((step) => {
      const [played] = fitting(step).sort((a, b) => b.rowsOut - a.rowsOut);
      return { title: step.title, kind: step.kind, stage: played?.name ?? null };
    });
}
