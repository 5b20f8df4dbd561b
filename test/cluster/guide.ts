// Commands of docs/install.md, run as they are written there but for the example's names.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { directory, kubectlProgram, project } from './cluster.ts';

const run = promisify(execFile);
const page = readFileSync(path.join(project, 'docs/install.md'), 'utf8');
const blocks = [...page.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, text]) => text!.trim());

/** The command on the page that begins so, on one line. */
export const commandOf = (beginning: string) =>
  only(
    beginning,
    blocks.flatMap((text) => text.replaceAll('\\\n', ' ').split('\n')),
  );

/** The block on the page that begins so. */
export const block = (beginning: string) => only(beginning, blocks);

function only(beginning: string, texts: readonly string[]): string {
  const [found, ...more] = texts.filter((text) => text.startsWith(beginning));
  if (found === undefined || more.length > 0) throw new Error(`expected this once in docs/install.md: ${beginning}`);
  return found;
}

/** In a shell in the project's folder, where `oc` is kubectl. `instead`: what stands in place of the example's names. Resolves with stdout. */
export async function runAsWritten(
  command: string,
  instead: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  let text = command;
  for (const [example, here] of Object.entries(instead)) {
    if (!text.includes(example)) throw new Error(`expected ${example} in: ${command}`);
    text = text.replaceAll(example, here);
  }
  const path = `${directory}/bin:${process.env.PATH}`;
  const options = { cwd: project, env: { ...kubectlProgram.env, PATH: path, ...env } };
  return (await run('bash', ['-ec', `oc() { kubectl "$@"; }\n${text}`], options)).stdout;
}
