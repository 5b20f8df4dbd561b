// Log lines: one JSON object per line on stdout. Never throws, and no value can break out of its line or replace a field of ours.
import type { Level, Log } from './io.ts';

const rank: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Characters of one text value; a stack trace fits, a payload that got here by mistake does not. */
const maxText = 4_000;

export interface LogOptions {
  /** What writes: the function's name. */
  name: string;
  level: Level;
  /** ms since epoch. */
  now(): number;
  write?(line: string): void;
}

/** `time`, `level`, `name` and `message` are ours: fields of these names are left out. */
export function createLog({ name, level: threshold, now, write = toStdout }: LogOptions): Log {
  return (level, message, fields) => {
    if (rank[level] < rank[threshold]) return;
    try {
      const line: Record<string, unknown> = { time: new Date(now()).toISOString(), level, name, message };
      for (const [key, value] of Object.entries(fields ?? {})) if (!(key in line)) line[key] = value;
      write(`${onOneLine(line)}\n`);
    } catch {
      // A field that cannot be written (a cycle, a getter that throws) must not stop what is being logged.
      tryToWrite(write, `${onOneLine({ level, name, message: String(message) })}\n`);
    }
  };
}

function onOneLine(line: object): string {
  const text = JSON.stringify(line, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    if (value instanceof Error) return shorten(value.stack ?? String(value));
    return typeof value === 'string' ? shorten(value) : value;
  });
  // JSON leaves DEL, C1 controls, the Unicode line ends and what turns the direction of writing as they are; terminals, line
  // readers and people are misled by them.
  return text.replace(
    /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function shorten(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText)}…`;
}

function tryToWrite(write: (line: string) => void, line: string): void {
  try {
    write(line);
  } catch {
    // Nobody reads the log, so there is nowhere to say it.
  }
}

let guarded = false;

function toStdout(line: string): void {
  if (!guarded) {
    guarded = true;
    // A reader that went away (EPIPE) would otherwise end the process as an uncaught exception.
    process.stdout.on('error', () => {});
  }
  process.stdout.write(line);
}
