import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { StopError, TryAgainError } from '../../events/errors.ts';
import { explain, explainCrash } from '../../io/explain.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('did not throw');
}

describe('explain', () => {
  it('takes our own errors at their word', () => {
    assert.deepEqual(explain(new StopError(422, 'why')), { reason: 'why' });
    assert.deepEqual(explain(new TryAgainError('why')), { reason: 'why' });
  });

  it('says of others class, code and place', () => {
    const error = Object.assign(new Error('geheim'), { code: 'ENOENT' });
    const { reason, stack } = explain(error);
    assert.equal(reason, 'Error ENOENT');
    assert.match(stack![0]!, /^at .*explain\.test\.ts/);
  });

  it('names the missing property of the commonest fault', () => {
    const nothing = undefined as unknown as { name: string };
    assert.match(explain(thrownBy(() => nothing.name)).reason, /^TypeError Cannot read properties of undefined/);
  });

  const leaking: [string, () => unknown][] = [
    ['a JSON parser', () => JSON.parse('geheim')],
    ['a YAML parser', () => parse('a: geheim\na: [')],
    ['an operator', () => 'x' in ('geheim' as unknown as object)],
  ];
  for (const [name, work] of leaking) {
    it(`repeats nothing that ${name} quotes`, () => {
      assert.doesNotMatch(JSON.stringify(explain(thrownBy(work))), /geheim/);
    });
  }

  it('says what was thrown when it is no error', () => {
    assert.deepEqual(explain('geheim'), { reason: 'thrown: string' });
    assert.deepEqual(explain(null), { reason: 'thrown: null' });
  });
});

describe('explain a crash', () => {
  it('gives the message too', () => {
    assert.equal(explainCrash(new RangeError('out of range')).reason, 'RangeError: out of range');
  });

  it('but not the one of a parser', () => {
    assert.doesNotMatch(JSON.stringify(explainCrash(thrownBy(() => JSON.parse('geheim')))), /geheim/);
  });
});
