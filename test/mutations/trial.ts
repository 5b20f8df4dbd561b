// A copy of the project in which one file at a time is changed and tests are run, so that the project itself is never touched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listed } from './listed.ts';

export interface Trials {
  /** Runs test files with this text in place of the file's, as far as the first failure: which file failed, and how. */
  run(file: string, text: string, tests: readonly string[]): Promise<{ by: string; why: string } | undefined>;
  /** Hostile histories with this text in place of the file's: whether they diverge. */
  histories(file: string, text: string, runs: number): Promise<boolean>;
  close(): void;
}

/** What runs for so long has lost its way; a fault that makes tests hang is seen. */
const hungMs = 300_000;
/** Of one test; whatever it stops is tried without the fault before it counts. */
const testMs = 60_000;
/** Files in one process: loading costs as much as a small file's tests. */
const batch = 8;

export function openTrials(root: string): Trials {
  const folder = mkdtempSync(path.join(tmpdir(), 'mutations-'));
  for (const file of listed(root).filter((each) => existsSync(path.join(root, each))))
    cpSync(path.join(root, file), path.join(folder, file), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const report = path.join(folder, 'report.json');
  /** Test files that fail by themselves: they can see nothing. */
  const broken = new Map<string, boolean>();
  let soundHistories: boolean | undefined;

  /** Ends the process that runs now, and all it has started. */
  let kill = () => {};
  async function node(args: readonly string[]): Promise<number | null> {
    // Without CI, tests skip what needs a program that is not there.
    const { CI: _, ...env } = process.env;
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: folder,
      env,
      stdio: 'ignore',
      detached: true,
    });
    kill = () => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {}
    };
    const timer = setTimeout(kill, hungMs);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    // Whatever a failed test left running.
    kill();
    return code;
  }

  async function mocha(tests: readonly string[]): Promise<{ by: string; why: string } | undefined> {
    rmSync(report, { force: true });
    const options = [
      '--bail',
      '--timeout',
      String(testMs),
      '--reporter',
      'json',
      '--reporter-option',
      `output=${report}`,
    ];
    const code = await node(['node_modules/mocha/bin/mocha.js', ...options, ...tests]);
    if (code === 0) return undefined;
    const failures = readReport(report);
    const [first] = failures;
    // Nothing told: it did not even load, or hung.
    if (!first) return { by: tests[0]!, why: `ended with ${code} before a test could tell` };
    return { by: path.relative(folder, first.file), why: first.fullTitle };
  }

  async function withText<T>(file: string, text: string, act: () => Promise<T>): Promise<T> {
    const full = path.join(folder, file);
    const before = readFileSync(full, 'utf8');
    writeFileSync(full, text);
    try {
      return await act();
    } finally {
      writeFileSync(full, before);
    }
  }

  async function isBroken(test: string): Promise<boolean> {
    if (!broken.has(test)) broken.set(test, (await mocha([test])) !== undefined);
    if (broken.get(test)) console.log(`${test} fails without any fault, and is left out`);
    return broken.get(test)!;
  }

  return {
    async run(file, text, tests) {
      const left = tests.filter((test) => broken.get(test) !== true);
      while (left.length > 0) {
        const some = left.slice(0, batch);
        const failure = await withText(file, text, () => mocha(some));
        if (!failure) left.splice(0, batch);
        else if (!(await isBroken(failure.by))) return failure;
        else left.splice(left.indexOf(failure.by), 1);
      }
      return undefined;
    },
    async histories(file, text, runs) {
      const diverge = async () =>
        (await node(['test/histories/command.ts', '--runs', String(runs), '--seed', '1'])) !== 0;
      if (!(await withText(file, text, diverge))) return false;
      soundHistories ??= !(await diverge());
      if (!soundHistories) console.log('histories diverge without any fault, and see nothing');
      return soundHistories;
    },
    close() {
      kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

function readReport(file: string): { file: string; fullTitle: string }[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).failures;
  } catch {
    return [];
  }
}
