import { laterGenerations } from '../../../../../bin/commands/rehearse/flows/streaming/generations';

test('generations are found by the outputs of the stack, in the order of their numbers', () => {
  const outputs = {
    FlinkApplicationName: 'one',
    FlinkApplicationNameG10: 'ten',
    SummariesTopicNameG10: 'trade-summaries-g10',
    FlinkApplicationNameG2: 'two',
    LakeSinkApplicationName: 'sink',
  };
  expect(laterGenerations(outputs).map(({ number, application }) => [number, application])).toEqual([
    [2, 'two'],
    [10, 'ten'],
  ]);
  expect(laterGenerations(outputs)[1].topics.summaries).toBe('trade-summaries-g10');
});

test('there is none where the first one stands alone', () => {
  expect(laterGenerations({ FlinkApplicationName: 'one' })).toEqual([]);
});
