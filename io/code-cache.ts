// Loads bundles with the code V8 made of them when they ran before (`npm run build` lets them run once), so that a start from
// zero neither reads nor compiles JavaScript: measured 12 to 23 % of its CPU time. Where there is no such file, or one of
// another V8, processor or text, the bundle is compiled as ever. https://nodejs.org/api/vm.html#scriptcreatecacheddata
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

export interface Bundles {
  /** What `<name>.cjs` exports; runs it at the first call. Throws what it throws, and when there is none. */
  load(name: string): unknown;
  /** Writes the code of all that was loaded beside the bundles, with every function that has run so far. */
  keep(): void;
  /** Names of those that were compiled, for want of code that fits. */
  compiled(): string[];
}

interface Loaded {
  id: string;
  script: Script;
  module: { exports: unknown };
}

/** Characters of the hash in a bundle's first line (build.mjs). V8 itself compares the length of the text only. */
const idLength = 16;

/** `require`: for what is no bundle. */
export function openBundles(folder: string, require: NodeJS.Require): Bundles {
  const loaded = new Map<string, Loaded>();

  function load(name: string): unknown {
    const known = loaded.get(name);
    if (known) return known.module.exports;
    const filename = path.join(folder, `${name}.cjs`);
    const text = readFileSync(filename, 'utf8');
    const id = text.slice(3, 3 + idLength);
    const cachedData = codeOf(name, id);
    const script = new Script(Module.wrap(text), { filename, ...(cachedData ? { cachedData } : {}) });
    const module = { exports: {} };
    loaded.set(name, { id, script, module });
    script.runInThisContext()(module.exports, requireFromBundle, module, filename, folder);
    return module.exports;
  }

  const requireFromBundle = Object.assign(
    (id: string) => (id.startsWith('./') ? load(path.basename(id, '.cjs')) : require(id)),
    require,
  );

  const file = (name: string) => path.join(folder, `${name}.${process.versions.v8}-${process.arch}.code`);

  function codeOf(name: string, id: string): Buffer | undefined {
    try {
      const bytes = readFileSync(file(name));
      return bytes.toString('latin1', 0, idLength) === id ? bytes.subarray(idLength) : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    load,
    keep() {
      for (const [name, { id, script }] of loaded) {
        // Never half a file under the name that is read.
        const unfinished = `${file(name)}.${process.pid}`;
        writeFileSync(unfinished, Buffer.concat([Buffer.from(id, 'latin1'), script.createCachedData()]));
        renameSync(unfinished, file(name));
      }
    },
    compiled: () => [...loaded].flatMap(([name, { script }]) => (script.cachedDataRejected === false ? [] : [name])),
  };
}
