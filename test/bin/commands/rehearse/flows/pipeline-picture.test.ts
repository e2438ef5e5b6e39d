import { PICTURE } from '../../../../../bin/commands/rehearse/flows/lakehouse/lakehouse-flow';
import { stepsOf } from '../../../../../bin/commands/rehearse/flows/pipeline-picture';
import type { ReportedStage } from '../../../../../bin/commands/rehearse/report/model';

const stage = (name: string, rowsOut: number): ReportedStage => {
  return { name, engine: 'e', version: 'v', rowsIn: rowsOut, rowsOut, rowsRejected: 0, seconds: 1 };
};

describe('the picture of the lakehouse', () => {
  const titles = (...names: string[]) =>
    stepsOf(
      PICTURE,
      names.map((name) => stage(name, 1)),
    ).map(({ title }) => title);

  test('has its five steps in the order of the trades', () => {
    expect(titles()).toEqual(['Kafka', 'Bronze', 'Silver', 'Quality gate', 'Gold']);
  });

  test('shows sources beside Kafka only when they took part', () => {
    expect(titles('files', 'http')).toEqual(['Kafka', 'HTTP', 'Files', 'Bronze', 'Silver', 'Quality gate', 'Gold']);
  });

  test('names no stage for a step that did not run', () => {
    expect(stepsOf(PICTURE, [stage('bronze', 5)]).map((step) => step.stage)).toEqual([
      null,
      'bronze',
      null,
      null,
      null,
    ]);
  });

  test('takes of several fitting stages the one with rows', () => {
    const steps = stepsOf(PICTURE, [stage('gold', 0), stage('gold (2026-01-01 to 2026-01-02)', 7)]);
    expect(steps.at(-1)?.stage).toBe('gold (2026-01-01 to 2026-01-02)');
  });
});
