// Where options may stand: pure, on the program itself.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { inOrder } from '../../cli/arguments.ts';
import { createProgram } from '../../cli/program.ts';

const program = createProgram('0', async () => {});

describe('arguments', () => {
  it('mean the same wherever options stand, also when a value has the name of a command', () => {
    const options = [['--json'], ['-q'], ['--settings', 'status'], ['--settings=x'], ['--token-file', 'create']];
    const commands = [['doctor'], ['status', 'jukebox'], ['webhook', 'create'], ['webhook', 'rotate'], ['replay', '-']];
    fc.assert(
      fc.property(fc.constantFrom(...commands), fc.subarray(options), fc.nat(9), (words, chosen, seed) => {
        const first = chosen.filter((_, i) => (seed >> i) % 2 === 0);
        const second = chosen.filter((_, i) => (seed >> i) % 2 === 1);
        const [command, ...rest] = words as [string, ...string[]];
        const ordered = inOrder(program, [...first.flat(), command, ...second.flat(), ...rest]);
        const isGroup = command === 'webhook';
        const expected = isGroup
          ? [...words, ...first.flat(), ...second.flat()]
          : [command, ...first.flat(), ...second.flat(), ...rest];
        assert.deepEqual(ordered, expected);
      }),
    );
  });

  const rows: [string[], string[]][] = [
    [[], []],
    [['help'], ['--help']],
    [
      ['help', 'status'],
      ['status', '--help'],
    ],
    [
      ['help', 'webhook', 'rotate'],
      ['webhook', 'rotate', '--help'],
    ],
    [['help', 'staus'], ['staus']],
    [
      ['--json', 'staus'],
      ['staus', '--json'],
    ],
    [
      ['--version', 'status'],
      ['--version', 'status'],
    ],
    [
      ['--', 'status'],
      ['--', 'status'],
    ],
  ];
  for (const [typed, meant] of rows)
    it(`${typed.join(' ') || 'nothing'} is ${meant.join(' ') || 'nothing'}`, () =>
      assert.deepEqual(inOrder(program, typed), meant));
});
