import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Context } from 'mocha';
import { tool } from './tool.ts';

describe('a program that tests need beside Node', () => {
  const names = ['PATH', 'CI', 'HELM', 'KNATIVE_BROKER'];
  const kept = names.map((name) => [name, process.env[name]] as const);
  let folder: string;
  const skipped = new Error('skipped');
  const context = {
    skip() {
      throw skipped;
    },
  } as unknown as Context;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tool-'));
    for (const name of names) delete process.env[name];
    process.env.PATH = `${path.join(folder, 'nowhere')}${path.delimiter}${folder}`;
  });
  afterEach(() => {
    for (const [name, value] of kept) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
  });

  it('is found on the PATH, and where its variable says', () => {
    writeFileSync(path.join(folder, 'helm'), '');
    assert.equal(tool(context, 'HELM'), path.join(folder, 'helm'));
    writeFileSync(path.join(folder, 'other'), '');
    process.env.HELM = path.join(folder, 'other');
    assert.equal(tool(context, 'HELM'), path.join(folder, 'other'));
  });

  it('is missed where its variable is wrong, whatever the PATH has: the suite is skipped, in CI it fails', () => {
    writeFileSync(path.join(folder, 'helm'), '');
    process.env.HELM = path.join(folder, 'nothing');
    assert.throws(() => tool(context, 'HELM'), skipped);
    process.env.CI = 'true';
    assert.throws(
      () => tool(context, 'HELM'),
      /HELM says .*nothing, where there is nothing; .* In CI nothing is skipped/,
    );
    assert.throws(() => tool(context, 'KNATIVE_BROKER'), /KNATIVE_BROKER is not set, and there is no knative-broker; /);
  });
});
