import { errorMessage } from '../../../blueprints/trading/error-message';
import { LedgerError } from '../../../lib/schema/private/errors';
import { ColumnType, RecordSchema } from '../../../lib/schema';

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** An error as it is thrown by a file. */
function thrownIn(file: string, error: Error): Error {
  error.stack = `${error.name}: ${error.message}\n    at one (${file}:1:1)\n    at other (${__filename}:1:1)`;
  return error;
}

const PACKAGE = process.cwd();

test('an error of the library is its sentence alone', () => {
  const error = thrownBy(
    () => new RecordSchema({ name: 'quotes', columns: [{ name: 'bid', type: ColumnType.decimal(50, 2) }] }),
  );
  expect(errorMessage(error)).toBe(error.message);
  expect(error.message).toMatch(/the precision must be/);
});

test.each(['lib/schema/schema-ledger.ts', 'blueprints/mesh/mesh.ts', 'dist/lib/index.js'])(
  'one that %s throws, too',
  (file) => {
    const error = thrownIn(`${PACKAGE}/${file}`, new LedgerError('silver.trades: has no ids yet'));
    expect(errorMessage(error)).toBe('silver.trades: has no ids yet');
  },
);

test.each(['node_modules/aws-cdk-lib/core/lib/stack.js', 'test/app.ts', '../app/lib/stack.ts'])(
  'of one that %s throws the stack trace says where',
  (file) => {
    const error = thrownIn(`${PACKAGE}/${file}`, new Error('no'));
    expect(errorMessage(error)).toBe(error.stack);
  },
);

test.each([new TypeError('x is not a function'), Object.assign(new Error('ENOENT'), { code: 'ENOENT' })])(
  'so it does of %s, wherever it is thrown',
  (made) => {
    const error = thrownIn(`${PACKAGE}/lib/schema/schema-ledger.ts`, made);
    expect(errorMessage(error)).toBe(error.stack);
  },
);

test('what is no error is told as it is', () => {
  expect(errorMessage('stop')).toBe('stop');
});
