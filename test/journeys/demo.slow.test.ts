// Runs the demo and `npm run local` as a person does, as processes, and looks at how they end.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

function start(script: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output.text += text;
    });
  return { child, output };
}

async function end(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

/** Resolves when the output holds this. */
async function until({ child, output }: ReturnType<typeof start>, wanted: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = wanted.exec(output.text);
    if (found) return found;
    assert.equal(child.exitCode, null, `it ended before it said ${wanted}:\n${output.text}`);
    const stop = new AbortController();
    const { signal } = stop;
    const news = [once(child.stdout!, 'data', { signal }), once(child, 'close', { signal })];
    await Promise.race(news).finally(() => stop.abort());
    await Promise.allSettled(news);
  }
}

describe('demo', () => {
  for (const [registry, alias] of [
    ['kubeflow', ''],
    ['mlflow', '  alias: prod'],
  ] as const) {
    it(`tells its story and ends well, with ${registry}`, async () => {
      const { child, output } = start('local/demo.ts', ['--registry', registry]);
      assert.equal(await end(child), 0, output.text);
      const verdicts = output.text.match(/^(The same\.|Different: jukebox\.)$/gm);
      assert.deepEqual(verdicts, ['The same.', 'The same.', 'Different: jukebox.', 'The same.', 'The same.']);
      assert.match(output.text, /webhook push: LOST on the way/);
      assert.match(output.text, /dev\.mlops\.registry\.drifted\.v1/);
      assert.ok(output.text.includes(`jukebox 1.2.0  labels: prod, prod.serving, test${alias}\n`), output.text);
      const failed =
        /^rollout\/prod failure: jukebox: the rollout of 1\.3\.0 to prod failed; 1\.2\.0 serves\. Reason: .*ImagePullBackOff/m;
      assert.match(output.text, failed);
      assert.match(output.text, /^prod\/jukebox: failed\. The rollout of 1\.3\.0 failed: /m);
      assert.match(
        output.text,
        /^Pods serve +prod: jukebox 1\.3\.1\nRegistry says prod\.serving: jukebox 1\.3\.1\nThe same\.$/m,
      );
    });
  }

  for (const [broken, when] of [
    ['registry-writer', 'after the merge'],
    // The reconcile still corrects in the end; only the check after the merge can tell.
    ['gitea-source', 'after the merge'],
    ['commit-status', 'after the failed rollout: the commit does not say so'],
  ] as const) {
    it(`ends with 1 when ${broken} does nothing`, async () => {
      const { child, output } = start('local/demo.ts', ['--idle', broken]);
      assert.equal(await end(child), 1, output.text);
      assert.ok(output.text.includes(`NOT AS IT SHOULD BE ${when}`), output.text);
    });
  }

  it('is judged by a check that imports nothing of the product', async () => {
    const text = await readFile(`${root}local/check.ts`, 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name!);
    assert.ok(imports.length > 0);
    assert.deepEqual(
      imports.filter((name) => !name.startsWith('node:')),
      [],
    );
  });
});

describe('local system', () => {
  it('compares by itself every so often, and ends all of it at Ctrl-C', async () => {
    const local = start('local/start.ts', [], { RECONCILE_SECONDS: '1' });
    const [, writer] = await until(local, /^registry-writer +(http:\S+)$/m);
    await until(local, /parse +dev\.knative\.sources\.ping: 202/);
    local.child.kill('SIGINT');
    assert.equal(await end(local.child), 0, local.output.text);
    await assert.rejects(fetch(writer!), 'the functions are gone');
  });

  it('asks for the repository where a real Gitea is named', async () => {
    const local = start('local/start.ts', [], { GITEA_URL: 'http://127.0.0.1:9' });
    assert.equal(await end(local.child), 1);
    assert.match(local.output.text, /GITEA_REPOSITORY: expected a value/);
  });
});
