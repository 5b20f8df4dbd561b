import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
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

  it('and hints name objects in a cluster as the chart makes them: by labels, since their names begin with the release’s', () => {
    const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const chart = read('config/chart/templates/_names.tpl') + read('config/chart/templates/deployment.yaml');
    const hints = readdirSync(new URL('../../cli', import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => read(`cli/${file}`).match(/kubectl [^';`]+/g) ?? [])
      .concat(text.match(/kubectl [^\n`]+/g) ?? []);
    assert.ok(hints.length > 0);
    for (const hint of hints) {
      // Kubeflow's own.
      if (hint.includes('service/model-registry-service')) continue;
      const [, key, value] = /-l (app\.kubernetes\.io\/[\w-]+)=([\w-]+)/.exec(hint) ?? [];
      assert.ok(chart.includes(`${key}: ${value}`), hint);
    }
  });
});
