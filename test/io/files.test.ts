import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileReader } from '../../io/files.ts';

describe('files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads a file again when it was written again, even with the same length and time', () => {
    const read = createFileReader();
    const path = join(folder, 'token');
    writeFileSync(path, 'one');
    const { atime, mtime } = statSync(path);
    assert.equal(read(path), 'one');
    const next = join(folder, 'next');
    writeFileSync(next, 'two');
    utimesSync(next, atime, mtime);
    renameSync(next, path);
    assert.equal(read(path), 'two');
  });

  it('notices when Kubernetes turns the link to another folder', () => {
    const read = createFileReader();
    for (const [name, text] of [
      ['v1', 'old'],
      ['v2', 'new'],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'token'), text);
    }
    symlinkSync('v1', join(folder, '..data'));
    symlinkSync('..data/token', join(folder, 'token'));
    assert.equal(read(join(folder, 'token')), 'old');
    symlinkSync('v2', join(folder, '..tmp'));
    renameSync(join(folder, '..tmp'), join(folder, '..data'));
    assert.equal(read(join(folder, 'token')), 'new');
  });

  it('throws with the path when the file is gone, and reads it again when it is back', () => {
    const read = createFileReader();
    const path = join(folder, 'token');
    assert.throws(() => read(path), new RegExp(`Cannot read file ${path}: ENOENT`));
    writeFileSync(path, 'there');
    assert.equal(read(path), 'there');
    rmSync(path);
    assert.throws(() => read(path), /ENOENT/);
  });

  it('refuses what is no file, and what is far too large', () => {
    const read = createFileReader();
    assert.throws(() => read(folder), /not a file/);
    assert.throws(() => read('/dev/null'), /not a file/);
    const large = join(folder, 'large');
    writeFileSync(large, Buffer.alloc(5 * 1024 * 1024));
    assert.throws(() => read(large), /larger than/);
  });
});
