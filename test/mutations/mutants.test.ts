import assert from 'node:assert/strict';
import path from 'node:path';
import { openCompiler } from './compiler.ts';
import { applied, mutantsOf } from './mutants.ts';
import { createRelated } from './related.ts';

const root = path.resolve(import.meta.dirname, '../..');
const file = 'test/mutations/sample.ts';

describe('faults to lay into the product', () => {
  const compiler = openCompiler(root);
  after(() => compiler.close());
  const source = compiler.parse(file);
  const mutants = mutantsOf(source, file);
  const lines = mutants.map((mutant) => applied(source.text, mutant).split('\n')[mutant.line - 1]?.trim());

  it('are of every kind', () => {
    for (const line of [
      'if (!(list.length > 3)) return 7;',
      'if (list.length >= 3) return 7;',
      'if (list.length > 4) return 7;',
      'if (list.length > 2) return 7;',
      'for (const each of list) last += each;',
      'for (const each of list.filter((value) => value === 5)) last += each;',
      'for (const each of list.filter((value) => value !== 5)) last -= each;',
      ';',
      '(give(last, list.length));',
      'await give(list.length, last);',
      "if (last) throw new RangeError('as this');",
      'return Object.keys({ ...{ last } }).length;',
      "return Object.keys({ kind: 'a',  }).length;",
    ])
      assert.ok(lines.includes(line), `${line} in\n${lines.join('\n')}`);
  });

  it('leave alone what only people read, and types', () => {
    const touched = mutants.map(({ start, end }) => source.text.slice(start, end));
    assert.equal(new Set(mutants.map((mutant) => applied(source.text, mutant))).has(source.text), false);
    for (const text of touched) assert.doesNotMatch(text, /^(console|'(as|only)|last > 1|kind: 'a' \|)/);
  });

  it('are refused where the compiler sees them', () => {
    assert.ok(compiler.accepts(file, source.text));
    assert.equal(compiler.accepts(file, source.text.replace('let last = 0', "let last = ''")), false);
    const other = 'io/within.ts';
    const { text } = compiler.parse(other);
    assert.ok(compiler.accepts(other, text, true), 'nothing of the one before is left, in any file');
  });
});

describe('tests that are related to a file', () => {
  const related = createRelated(root);
  it('are those of its own path, then those that import it, the nearest first; slow ones on demand', () => {
    const found = related('functions/gitea-source/outbox.ts');
    assert.equal(found[0], 'test/functions/gitea-source/outbox.test.ts');
    assert.ok(found.includes('test/functions/gitea-source/function.test.ts'));
    assert.ok(found.every((test) => !test.endsWith('.slow.test.ts')));
    assert.ok(createRelated(root, { slow: true })('host/server.ts').includes('test/processes/crash.slow.test.ts'));
  });
});
