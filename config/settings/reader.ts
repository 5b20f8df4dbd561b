// Reads single settings of a table and collects what is wrong with them. Knows no setting by name.
import { type Check, Unexpected } from './checks.ts';

export interface Row<T = unknown> {
  /** `all` functions, those that call `servers` (any but the broker) or one of them (`git`), or a function by its name. */
  for: string | readonly string[];
  /** Of a file: of its text. */
  check: Check<T>;
  default?: string;
  required?: true;
  /** Never shown, and may come from the file named by `<NAME>_FILE`. */
  secret?: true;
  /** Names a file; its text is what is checked. */
  file?: true;
  /** Of a secret: where it is mounted when nobody says otherwise; it need not be there. */
  mountedAt?: string;
  /** Also known in lower case, which then counts: curl, Node and others agree on that for proxies. */
  anyCase?: true;
  /** One line of Markdown. */
  description: string;
}

export type Table = Readonly<Record<string, Row>>;

/** Every fault in one message, a line each: name, what was expected, what came (never of a secret). */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/** Told, once each time, that a file of a setting cannot be used and its last good value is kept. */
export type Warn = (setting: string, reason: string) => void;

type Value<R extends Row> = Exclude<ReturnType<R['check']>, Unexpected>;

/** A secret or a file is read again at every call. What is required or has a default is there; the rest may be undefined. */
export type Values<T extends Table> = {
  [N in keyof T]: T[N] extends { secret: true } | { file: true }
    ? () => Value<T[N]> | undefined
    : T[N] extends { required: true } | { default: string }
      ? Value<T[N]>
      : Value<T[N]> | undefined;
};

export interface Reading<T extends Table> {
  /** What was found and is right; for checks across settings. */
  found: Readonly<Partial<Values<T>>>;
  /** Whether the setting, or the file for it, is named. Empty counts as unset. */
  given(name: keyof T & string): boolean;
  /** `came` undefined: nothing came. */
  fault(name: keyof T & string, expected: string, came?: string): void;
  /** All values of the rows that apply, or SettingsError. */
  finish(): Values<T>;
}

/** Reads the rows that apply. `readFile`: a file's text as it is now; throws when it cannot be read. */
export function readTable<const T extends Table>(
  table: T,
  applies: (row: Row) => boolean,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
  warn: Warn = () => {},
): Reading<T> {
  const faults: string[] = [];
  const found: Record<string, unknown> = {};
  for (const [name, row] of Object.entries<Row>(table)) {
    if (applies(row)) found[name] = row.secret || row.file ? current(name, row) : plain(name, row);
  }
  return {
    found: found as Partial<Values<T>>,
    given: (name) => Boolean(env[name]) || Boolean(table[name]?.secret && env[`${name}_FILE`]),
    fault,
    finish() {
      if (faults.length === 0) return found as Values<T>;
      const count = faults.length === 1 ? 'One setting is wrong' : `${faults.length} settings are wrong`;
      throw new SettingsError(`${count}:\n${faults.map((line) => `- ${line}`).join('\n')}`);
    },
  };

  function plain(name: string, row: Row): unknown {
    const text = (row.anyCase && env[name.toLowerCase()]) || env[name] || row.default;
    if (text !== undefined) return checked(name, row, text);
    if (row.required) fault(name, expectedOf(row));
    return undefined;
  }

  function current(name: string, row: Row): () => unknown {
    const fileName = row.file ? name : `${name}_FILE`;
    const path = env[fileName];
    const text = row.file ? undefined : env[name];
    if (text && path) fault(name, `only one of ${name} and ${fileName}`, 'both');
    if (text) {
      const constant = checked(name, row, text);
      return () => constant;
    }
    if (path) return fromFile(row, fileName, path);
    if (row.mountedAt !== undefined) return fromFile(row, fileName, row.mountedAt);
    if (row.required) fault(name, row.file ? 'a file' : `a value, here or in the file that ${fileName} names`);
    return () => undefined;
  }

  /** While its file is unreadable or makes no sense, as while it is being replaced, a setting keeps its last good value. */
  function fromFile(row: Row, fileName: string, path: string): () => unknown {
    const read = () => readFile(path).replace(/[\r\n]+$/, '');
    // Who names a file means it: an empty one switches nothing off.
    const check = (text: string) => (text.trim() === '' ? new Unexpected('text in it') : row.check(text));
    const isOptional = path === row.mountedAt;
    let text: string | undefined;
    let last: unknown;
    let told = '';
    try {
      text = read();
      const result = check(text);
      if (!(result instanceof Unexpected)) last = result;
      else if (!isOptional)
        fault(fileName, `a file with ${result.expected}`, result.came ? `${path} with ${result.came}` : path);
    } catch {
      if (!isOptional) fault(fileName, 'a file that can be read', path);
    }
    const keep = (reason: string) => {
      if (reason !== told && last !== undefined) warn(fileName, reason);
      told = reason;
    };
    return () => {
      let now: string;
      try {
        now = read();
      } catch {
        keep(`${path} cannot be read`);
        return last;
      }
      if (now === text && told === '') return last;
      const result = check(now);
      text = now;
      if (result instanceof Unexpected)
        keep(`expected ${path} with ${result.expected}${result.came ? `, came ${result.came}` : ''}`);
      else [last, told] = [result, ''];
      return last;
    };
  }

  function checked(name: string, row: Row, text: string): unknown {
    const result = row.check(text);
    if (!(result instanceof Unexpected)) return result;
    fault(
      name,
      result.expected,
      result.came ?? (row.secret || result.secret ? 'something else (not shown)' : quote(text)),
    );
    return undefined;
  }

  function fault(name: string, expected: string, came?: string): void {
    faults.push(`${name}: expected ${expected}; ${came === undefined ? 'it is not set' : `came ${came}`}`);
  }
}

function expectedOf(row: Row): string {
  const result = row.check('');
  return result instanceof Unexpected ? result.expected : 'a value';
}

/** Long values are cut: a message is for reading. */
function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
