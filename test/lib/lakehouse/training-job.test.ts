import { MedallionLayer, TrainingJob } from '../../../lib/lakehouse';
import { byDay, file, newLake, newStack, only, statements, tradeSchema } from './fixture';

function training(modelName = 'next_price') {
  const stack = newStack();
  const lake = newLake(stack);
  const schema = tradeSchema.conformed();
  const table = lake.addTable(MedallionLayer.SILVER, { tableName: 'trades', schema, partitionedBy: byDay });
  const sqlFile = file('training.sql', 'SELECT 1 AS label FROM ${silver}.trades ${snapshot};');
  return { stack, job: new TrainingJob(stack, 'Training', { lake, modelName, table, sqlFile }) };
}

test('a run without --snapshot_id has none by default, so that it must be named', () => {
  const { DefaultArguments: args } = only(training().stack, 'AWS::Glue::Job').Properties;
  expect(Object.keys(args)).not.toContain('--snapshot_id');
  expect(JSON.stringify(args['--output'])).toContain('/models/next_price');
});

test('it writes below the folder of its model and nowhere else', () => {
  const writing = statements(training().stack).filter(({ Action }) => [Action].flat().includes('s3:PutObject'));
  expect(writing.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
    expect.stringContaining('/models/next_price/*'),
  ]);
});

test('a name that would not do as a folder is refused', () => {
  expect(() => training('Next Price')).toThrow(
    "Stack/Training: model name 'Next Price' would not do as a folder; use lower-case letters, digits and underscores.",
  );
});
