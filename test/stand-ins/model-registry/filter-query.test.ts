import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type FilterExpression,
  FilterSyntaxError,
  type FilterValue,
  parseFilter,
} from '../../../stand-ins/model-registry/filter-query.ts';

// Errors in the server's words are compared in the replay; here it is what a filter means.

const property = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}(\.[a-z]{1,5}){0,2}$/),
  fc.string({ minLength: 1, maxLength: 8 }).filter((name) => !/[`\\\0]/.test(name)),
);
const value: fc.Arbitrary<FilterValue> = fc.oneof(
  fc.string({ maxLength: 8 }).filter((text) => !/["'\\]/.test(text)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
  fc.boolean(),
);
const leaf: fc.Arbitrary<FilterExpression> = fc.record(
  {
    property,
    operator: fc.constantFrom('=', '!=', '<>', '>', '>=', '<', '<=', 'LIKE', 'ILIKE', 'IN'),
    value: fc.oneof(value, fc.array(value, { maxLength: 3 })),
  },
  { noNullPrototype: true },
);
const { expression } = fc.letrec<{ expression: FilterExpression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.record(
      { combine: fc.constantFrom('AND', 'OR'), left: tie('expression'), right: tie('expression') },
      { noNullPrototype: true },
    ),
  ),
}));

const isBare = (name: string) => /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(name);
const writeValue = (given: FilterValue): string => (typeof given === 'string' ? `"${given}"` : String(given));
function write(given: FilterExpression): string {
  if ('combine' in given) return `(${write(given.left)}) ${given.combine} (${write(given.right)})`;
  const name = isBare(given.property) ? given.property : `\`${given.property}\``;
  const values = Array.isArray(given.value) ? `(${given.value.map(writeValue).join(', ')})` : writeValue(given.value);
  return `${name} ${given.operator} ${values}`;
}

describe('filterQuery', () => {
  it('means what was written, whatever the names, values and nesting', () => {
    fc.assert(fc.property(expression, (given) => assert.deepEqual(parseFilter(write(given)), given)));
  });

  it('binds AND closer than OR, both from the left', () => {
    const parsed = parseFilter('a = 1 OR b = 2 AND c = 3 OR d = 4');
    const grouped = parseFilter('((a = 1) OR (b = 2 AND c = 3)) OR d = 4');
    assert.deepEqual(parsed, grouped);
  });

  it('ignores spaces, line ends and comments between words', () => {
    assert.deepEqual(parseFilter('a\n =\t1 -- b = 2'), parseFilter('a = 1'));
  });

  it('cuts all quotes at the ends of a text', () => {
    assert.deepEqual(parseFilter(`a = "'x'"`), parseFilter('a = "x"'));
  });

  it('is nothing when there is nothing', () => {
    assert.equal(parseFilter(' \n'), undefined);
  });

  it('fails with its own error on any text that it does not take', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseFilter(text);
        } catch (error) {
          assert.ok(error instanceof FilterSyntaxError, `${error}`);
          assert.match(error.message, /^\d+:\d+: /);
        }
      }),
    );
  });

  for (const text of ['a = 1 and b = 2', 'a like "x"', 'NOT a = 1', 'a IS NULL', 'a = True', 'pre-prod = ""']) {
    it(`does not take ${text}`, () => {
      assert.throws(() => parseFilter(text), FilterSyntaxError);
    });
  }
});
