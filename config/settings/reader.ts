// Reads the settings of a table, and collects what is wrong with them. Knows no setting by name.
import { type Check, Unexpected } from './checks.ts';

export interface Row<T = unknown> {
  /** `all` functions, those that call `servers` (any but the broker) or one of them (`git`), a function by its name, or `console`, the command. */
  for: string | readonly string[];
  /** For a file it checks the text in it. */
  check: Check<T>;
  default?: string;
  required?: true;
  /** Never shown, and may come from the file named by `<NAME>_FILE`. */
  secret?: true;
  /** Names a file; its text is what is checked. */
  file?: true;
  /** For a secret: the file from which it is read if the environment names none. That file may be missing. */
  mountedAt?: string;
  /** Also read in lower case, which wins if both are set: curl, Node and others do so for proxies. */
  anyCase?: true;
  /** One line of Markdown. */
  description: string;
}

export type Table = Readonly<Record<string, Row>>;

/** All errors in one message, a line each: name, what was expected, what came (never of a secret). */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/** Called once each time that the file of a setting becomes unusable and its last good value is kept. */
export type Warn = (setting: string, reason: string) => void;

type Env = Readonly<Record<string, string | undefined>>;

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
  /** Adds an error. `came` undefined: the setting is not set. */
  error(name: keyof T & string, expected: string, came?: string): void;
  /** The values of all rows that apply. Throws SettingsError. */
  finish(): Values<T>;
}

/**
 * Reads the rows that apply. `readFile`: a file's text as it is now; throws when it cannot be read. `ending`: of all names in the
 * environment, which in the result have none. `errors`: of readings that are reported together.
 */
export function readTable<const T extends Table>(
  table: T,
  applies: (row: Row) => boolean,
  env: Env,
  readFile: (path: string) => string,
  warn: Warn = () => {},
  { ending = '', errors = [] }: { ending?: string; errors?: string[] } = {},
): Reading<T> {
  const report = (name: string, expected: string, came?: string) =>
    void errors.push(`${name}: expected ${expected}; ${came === undefined ? 'it is not set' : `came ${came}`}`);
  const found: Record<string, unknown> = {};
  const source = { env, readFile, warn, error: report };
  for (const [name, row] of Object.entries<Row>(table))
    if (applies(row)) found[name] = (row.secret || row.file ? readCurrent : readPlain)(name + ending, row, source);
  return {
    found: found as Partial<Values<T>>,
    given: (name) => Boolean(env[name + ending]) || Boolean(table[name]?.secret && env[`${name}${ending}_FILE`]),
    error: (name, ...what) => report(name + ending, ...what),
    finish() {
      if (errors.length === 0) return found as Values<T>;
      const count = errors.length === 1 ? 'One setting is wrong' : `${errors.length} settings are wrong`;
      throw new SettingsError(`${count}:\n${errors.map((line) => `- ${line}`).join('\n')}`);
    },
  };
}

/** Where values come from, and where errors go. */
interface Source {
  env: Env;
  readFile(path: string): string;
  warn: Warn;
  error(name: string, expected: string, came?: string): void;
}

function readPlain(name: string, row: Row, source: Source): unknown {
  const { env, error } = source;
  const text = (row.anyCase && env[name.toLowerCase()]) || env[name] || row.default;
  if (text !== undefined) return checked(name, row, text, source);
  if (row.required) error(name, expectedOf(row));
  return undefined;
}

/** Of a secret or a file: a function that gives the value as it is now. */
function readCurrent(name: string, row: Row, source: Source): () => unknown {
  const { env, error } = source;
  const fileName = row.file ? name : `${name}_FILE`;
  const path = env[fileName];
  const text = row.file ? undefined : env[name];
  if (text && path) error(name, `only one of ${name} and ${fileName}`, 'both');
  if (text) {
    const constant = checked(name, row, text, source);
    return () => constant;
  }
  if (path) return readFromFile(row, fileName, path, source);
  if (row.mountedAt !== undefined) return readFromFile(row, fileName, row.mountedAt, source);
  if (row.required) error(name, row.file ? 'a file' : `a value, here or in the file that ${fileName} names`);
  return () => undefined;
}

/** While its file cannot be read or has a wrong text, as while it is being replaced, a setting keeps its last good value. */
function readFromFile(row: Row, fileName: string, path: string, { readFile, warn, error }: Source): () => unknown {
  const read = () => readFile(path).replace(/[\r\n]+$/, '');
  // Whoever names a file wants its content to count: an empty file switches nothing off.
  const check = (text: string) => (text.trim() === '' ? new Unexpected('text in it') : row.check(text));
  const isOptional = path === row.mountedAt;
  let text: string | undefined;
  let last: unknown;
  let warned = '';
  try {
    text = read();
    const result = check(text);
    if (!(result instanceof Unexpected)) last = result;
    else if (!isOptional)
      error(fileName, `a file with ${result.expected}`, result.came ? `${path} with ${result.came}` : path);
  } catch {
    if (!isOptional) error(fileName, 'a file that can be read', path);
  }
  const keep = (reason: string) => {
    if (reason !== warned && last !== undefined) warn(fileName, reason);
    warned = reason;
  };
  return () => {
    let now: string;
    try {
      now = read();
    } catch {
      keep(`${path} cannot be read`);
      return last;
    }
    if (now === text && warned === '') return last;
    const result = check(now);
    text = now;
    if (result instanceof Unexpected)
      keep(`expected ${path} with ${result.expected}${result.came ? `, came ${result.came}` : ''}`);
    else [last, warned] = [result, ''];
    return last;
  };
}

function checked(name: string, row: Row, text: string, { error }: Source): unknown {
  const result = row.check(text);
  if (!(result instanceof Unexpected)) return result;
  const isSecret = row.secret || result.secret;
  error(name, result.expected, result.came ?? (isSecret ? 'something else (not shown)' : quote(text)));
  return undefined;
}

function expectedOf(row: Row): string {
  const result = row.check('');
  return result instanceof Unexpected ? result.expected : 'a value';
}

/** Long values are cut off. */
function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
