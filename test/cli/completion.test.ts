// The scripts of `post-deployment completion`, in the shells themselves.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tool } from '../tool.ts';
import { start } from './world.ts';

const print = (shell: string) => execFileSync(process.execPath, [start, 'completion', shell], { encoding: 'utf8' });

/** Of what is typed so far, the last word being completed: the words offered. Each shell by its own means. */
const offers: Record<string, (script: string, words: string[]) => string> = {
  bash: (script, words) => `source ${script}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _post_deployment; printf '%s\\n' "\${COMPREPLY[@]}"; [ \${#COMPREPLY[@]} -gt 0 ] || compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"`,
  // Its own functions exist at a prompt alone: these print what they are given.
  zsh: (script, words) => `compdef() {}; _files() { print -l -- *(N) }
    _describe() { [[ $1 == -o ]] && shift; local entry; for entry in "\${(@P)2}"; do print -r -- "\${entry%%:*}"; done }
    words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=\${#words}
    source ${script}; _post_deployment`,
  fish: (script, words) => `source ${script}; complete -C '${words.join(' ')}'`,
};

for (const shell of Object.keys(offers))
  describe(`completion of ${shell}`, () => {
    let folder: string;
    before(function () {
      tool(this, shell.toUpperCase() as 'BASH' | 'ZSH' | 'FISH');
      folder = mkdtempSync(path.join(tmpdir(), 'completion-'));
      writeFileSync(path.join(folder, 'script'), print(shell));
      writeFileSync(path.join(folder, 'push.json'), '');
    });
    after(() => folder && rmSync(folder, { recursive: true }));

    const rows: [string[], string[], string[]][] = [
      [[''], ['status', 'webhook', 'completion', 'help'], ['create', '--json']],
      [
        ['webhook', ''],
        ['create', 'rotate'],
        ['status', '--wait'],
      ],
      [['webhook', 'rotate', '--'], ['--wait', '--yes', '--json'], ['--drift']],
      [['--settings', 'push.json', 'doctor', '--'], ['--test-delivery'], ['--drift']],
      [['completion', ''], ['bash', 'zsh', 'fish'], ['status']],
      [['help', ''], ['status', 'webhook'], ['create']],
      [['replay', ''], ['push.json'], ['status']],
      [['status', '--settings', ''], ['push.json'], ['status', '--drift']],
      [['status', '-e', ''], [], ['status', '--drift']],
    ];
    for (const [typed, offered, others] of rows)
      it(`after ${typed.join(' ')}`, () => {
        const command = offers[shell]!('./script', ['post-deployment', ...typed]);
        const output = execFileSync(shell, ['-c', command], {
          cwd: folder,
          encoding: 'utf8',
          stdio: ['pipe', 'pipe', 'pipe'],
        });
        const words = output.split('\n').map((line) => line.split('\t')[0]);
        for (const word of offered) assert.ok(words.includes(word), `${word} is missing:\n${output}`);
        for (const word of others) assert.ok(!words.includes(word), `${word} is offered:\n${output}`);
      });
  });
