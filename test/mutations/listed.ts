// The project's files, as Git lists them: with what is new, without what it ignores.
import { spawnSync } from 'node:child_process';

/** Paths from the root; `paths` as `git ls-files` takes them. */
export function listed(root: string, ...paths: readonly string[]): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...paths];
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`git ls-files: ${stderr}`);
  return stdout.split('\0').filter((file) => file !== '');
}
