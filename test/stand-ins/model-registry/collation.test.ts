import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MARIADB, POSTGRES } from '../../../stand-ins/model-registry/collation.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'B', '_', '%', '.', '*', '\\', '🎵'), maxLength: 8 });

/** The same pattern as a regular expression. */
function asRegExp(pattern: string): RegExp {
  let source = '';
  for (let i = 0, chars = [...pattern]; i < chars.length; i++) {
    if (chars[i] === '\\') source += quote(chars[++i]!);
    else source += chars[i] === '%' ? '.*' : chars[i] === '_' ? '.' : quote(chars[i]!);
  }
  return new RegExp(`^${source}$`, 'su');
}
const quote = (char: string) => char.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

describe('comparing text as the databases do', () => {
  it('matches LIKE patterns as the regular expression that says the same', () => {
    const pattern = text.filter((p) => (/\\*$/.exec(p)![0].length & 1) === 0);
    fc.assert(
      fc.property(text, pattern, (t, p) => assert.equal(POSTGRES.like(t, p), asRegExp(p).test(t))),
      { numRuns: 2000 },
    );
  });

  it('takes a pattern full of wildcards in no time', () => {
    assert.equal(POSTGRES.like('a'.repeat(5000), `${'%a'.repeat(200)}b`), false);
  });

  it('finds nothing for a lone backslash at the end on PostgreSQL, and the name itself on MariaDB', () => {
    assert.equal(POSTGRES.like('odd \\', 'odd \\'), false);
    assert.equal(POSTGRES.like('odd \\', 'odd \\\\'), true);
    assert.equal(MARIADB.like('odd \\', 'odd \\'), true);
  });

  for (const [a, b, onMariaDb] of [
    ['prod', 'PROD', true],
    ['prod', 'pröd', true],
    ['prod', 'prod  ', true],
    ['prod', ' prod', false],
    ['prod', 'prods', false],
  ] as const) {
    it(`takes "${a}" and "${b}" for ${onMariaDb ? 'one' : 'two'} on MariaDB, for two on PostgreSQL`, () => {
      assert.equal(MARIADB.equal(a, b), onMariaDb);
      assert.equal(POSTGRES.equal(a, b), false);
    });
  }
});
