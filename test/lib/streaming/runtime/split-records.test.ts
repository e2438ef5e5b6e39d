import fc from 'fast-check';
import { MalformedBodyError, splitJson, splitLines } from '../../../../lib/streaming/runtime/split-records';

const texts = (records: { text: string }[]) => records.map(({ text }) => text);

describe('a JSON body', () => {
  test('that is an object is one record, as it stands', () => {
    expect(splitJson(' {"price": 1.50, "big": 18446744073709551616}\n')).toEqual([
      { text: '{"price": 1.50, "big": 18446744073709551616}', object: { price: 1.5, big: 18446744073709552000 } },
    ]);
  });

  test('that is an array holds a record an element, as it stands', () => {
    const body = '[ {"a":"],[\\"{"} ,{"b":[1,{"c":[]}]}, 1.50 ,[{}], null,"x" ]';
    expect(texts(splitJson(body))).toEqual(['{"a":"],[\\"{"}', '{"b":[1,{"c":[]}]}', '1.50', '[{}]', 'null', '"x"']);
  });

  test('tells which records are objects', () => {
    expect(splitJson('[{},[],1,null]').map(({ object }) => object !== undefined)).toEqual([true, false, false, false]);
  });

  test('may be an empty array', () => {
    expect(splitJson(' [ ] ')).toEqual([]);
  });

  test.each(['', '{', '[{}', '{} {}', '1', '"x"', 'null', 'NaN'])('is refused when it is %j', (body) => {
    expect(() => splitJson(body)).toThrow(MalformedBodyError);
  });

  test('gives, whatever the array, texts that mean its elements', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 0, max: 3 }), (values, space) => {
        const found = texts(splitJson(JSON.stringify(values, undefined, space)));
        expect(found.map((text) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });
});

describe('a body of lines', () => {
  test('holds a record a line, to the character; blank lines are none', () => {
    expect(texts(splitLines('{"a":1.0}\r\n\n  \n {"b":2} \n{"c":3}'))).toEqual(['{"a":1.0}', ' {"b":2} ', '{"c":3}']);
  });

  test('tells which lines are objects', () => {
    expect(splitLines('{}\n[]\nno json\n').map(({ object }) => object)).toEqual([{}, undefined, undefined]);
  });
});
