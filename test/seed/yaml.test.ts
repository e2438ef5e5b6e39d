import { parseDocument } from 'yaml';
import { seedBlocks } from './blocks';

describe('the seed’s YAML', () => {
  test('has the two blocks that blueprints are made from', () => {
    expect(seedBlocks({ language: 'yaml' }).map((each) => each.section.split(' > ')[1])).toEqual([
      'Pattern 1: The Modern Data Stack',
      'Pattern 4: Data Mesh',
    ]);
  });

  test.each(seedBlocks({ language: 'yaml' }).map((each) => [each.number, each] as const))(
    'parses verbatim, without an error or a warning: block %d',
    (_, block) => {
      const document = parseDocument(block.text);
      expect([...document.errors, ...document.warnings]).toEqual([]);
      expect(Object.keys(document.toJS() as object)).not.toHaveLength(0);
    },
  );

  test('keeps what a reader sees in it', () => {
    const [stack, product] = seedBlocks({ language: 'yaml' }).map((each) => parseDocument(each.text).toJS());
    expect(stack.sources[0].schedule).toBe('*/15 * * * *');
    expect(product.sla).toEqual({ freshness: '5 minutes', availability: '99.9%', quality_score: '95%' });
  });
});
