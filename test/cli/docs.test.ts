import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { exitCodes } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/program.ts';

const text = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const program = createProgram('0', async () => {});
const all = program.commands.flatMap((command) => [command, ...command.commands]);

describe('docs/cli.md', () => {
  it('has a section for every command, and names every command below it', () => {
    for (const { commands } of [program])
      for (const command of commands) assert.match(text, new RegExp(`^## ${command.name()}$`, 'm'));
    for (const command of program.commands.flatMap(({ commands }) => commands))
      assert.ok(text.includes(`${command.parent?.name()} ${command.name()}`), command.name());
  });

  it('shows commands and options that there are', () => {
    const options = new Set(all.flatMap((command) => command.options.map(({ long }) => long)));
    for (const [, option] of text.matchAll(/(?<![\w-])(--[a-z][a-z-]*)/g))
      assert.ok(option === '--help' || options.has(option), option);
    for (const [, name] of text.matchAll(/npx post-deployment ([a-z]+)/g))
      assert.ok(
        program.commands.some((command) => command.name() === name),
        name,
      );
  });

  it('has the exit codes as they are', () => {
    for (const [code, meaning] of Object.entries(exitCodes)) assert.ok(text.includes(`| ${code} | ${meaning} |`), code);
  });
});
