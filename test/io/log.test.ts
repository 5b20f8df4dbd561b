import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLog } from '../../io/log.ts';

function lineOf(message: string, fields?: Record<string, unknown>): string {
  let written = '';
  const write = (line: string) => {
    written += line;
  };
  createLog({ name: 'parse', level: 'debug', now: () => 0, write })('info', message, fields);
  return written;
}

describe('log', () => {
  it('writes one JSON line', () => {
    assert.equal(
      lineOf('event', { id: '1', ms: 3 }),
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","name":"parse","message":"event","id":"1","ms":3}\n',
    );
  });

  it('leaves out what is below the level', () => {
    const levels: string[] = [];
    const write = (line: string) => void levels.push((JSON.parse(line) as { level: string }).level);
    const log = createLog({ name: 'parse', level: 'warn', now: () => 0, write });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log(level, 'x');
    assert.deepEqual(levels, ['warn', 'error']);
  });

  it('keeps any text on its line, and gives it back unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = lineOf(text, { text });
        assert.match(line, /^[^\p{Cc}\u2028\u2029]*\n$/u);
        const { message, text: field } = JSON.parse(line) as Record<string, unknown>;
        assert.deepEqual([message, field], [text, text]);
      }),
    );
  });

  it('lets no field replace time, level, name or message', () => {
    const line = JSON.parse(lineOf('true', { time: 'x', level: 'x', name: 'x', message: 'x' })) as object;
    assert.deepEqual(line, { time: '1970-01-01T00:00:00.000Z', level: 'info', name: 'parse', message: 'true' });
  });

  it('shortens long text', () => {
    assert.ok(lineOf('event', { text: 'x'.repeat(1_000_000) }).length < 5_000);
  });

  it('writes what JSON cannot', () => {
    const { big, none, error } = JSON.parse(
      lineOf('m', { big: 1n, none: undefined, error: new Error('why') }),
    ) as Record<string, unknown>;
    assert.deepEqual([big, none], ['1', undefined]);
    assert.match(String(error), /^Error: why/);
  });

  it('never throws: a field that cannot be written costs the fields, not the line', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const trap = {
      get value(): string {
        throw new Error('no');
      },
    };
    for (const fields of [cycle, trap, { deep: trap }])
      assert.equal((JSON.parse(lineOf('still there', fields)) as { message: string }).message, 'still there');
  });

  it('never throws when nobody reads', () => {
    const write = () => {
      throw new Error('EPIPE');
    };
    createLog({ name: 'parse', level: 'info', now: () => 0, write })('info', 'x');
  });
});
