// TypeScript's own compiler, kept open over the project: parses a file, and says whether a changed text is still well typed.
// Its programming interface is young (`typescript/unstable`), so this file alone calls it.
import path from 'node:path';
import type { SourceFile } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export interface Compiler {
  parse(file: string): SourceFile;
  /** Whether the project compiles with this text instead of the file's; `all`: files that import it are looked at as well. */
  accepts(file: string, text: string, all?: boolean): boolean;
  close(): void;
}

export function openCompiler(root: string): Compiler {
  const changed = new Map<string, string>();
  const api = new API({ cwd: root, fs: { readFile: (file) => changed.get(file) } });
  const openProjects = [path.join(root, 'tsconfig.json')];
  const program = (...files: string[]) =>
    api.updateSnapshot({ openProjects, fileChanges: { changed: files } }).getProjects()[0]!.program;
  const first = program();
  /** What it saw changed the last time is as it was, and it has to be told. */
  let last: string | undefined;
  return {
    parse(file) {
      const source = first.getSourceFile(path.join(root, file));
      if (!source) throw new Error(`expected a source file of tsconfig.json, came ${file}`);
      return source;
    },
    accepts(file, text, all = false) {
      const full = path.join(root, file);
      changed.set(full, text);
      const seen = program(full, ...(last ? [last] : []));
      changed.delete(full);
      last = full;
      const found = [...seen.getSyntacticDiagnostics(full), ...seen.getSemanticDiagnostics(all ? undefined : full)];
      return found.length === 0;
    },
    close: () => api.close(),
  };
}
