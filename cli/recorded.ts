// Reads recorded webhooks and events from files, in the forms in which people have them:
//   03-push.body beside 03-push.headers.json    headers as an object of names
//   {"headers": {…}, "body": …}                 the same in one file
//   POST / HTTP/1.1 ⏎ X-Gitea-Event: push …     as text, headers, an empty line, the body
//   {"specversion": "1.0", …}, a list, or one a line    structured CloudEvents
//   {"ref": …, "before": …, "after": …, …}      the payload alone
//   dev.….json, or any name with --type         the data of an event alone, as in events/samples
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { events } from '../events/index.ts';
import { isObject, type JsonObject } from '../events/json-object.ts';
import { type CommandError, wrongUse } from './result.ts';

export interface Recorded {
  /** The file; if there are several in it, with its number. */
  name: string;
  kind: 'webhook' | 'event';
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
}

/** `text`: standard input, for the name `-`. `type`: the type of event of which a file holds only the data. Throws CommandError. */
export function readRecorded(file: string, text: () => Buffer, type?: string): Recorded[] {
  const name = file === '-' ? 'standard input' : file;
  const bytes = file === '-' ? text() : read(file);
  const sibling = file === '-' ? undefined : headersBeside(file);
  if (sibling) return [recorded(name, sibling, bytes)];

  const head = /^(?:[A-Z]+ \S+ HTTP\/\d\S*\r?\n)?((?:[\w-]+:[^\n]*\n)+)\r?\n/.exec(bytes.toString('latin1'));
  if (head) return [recorded(name, headerLines(head[1]!), bytes.subarray(head[0].length))];

  const documents = parse(bytes, name);
  const isList = bytes.toString('latin1').trimStart().startsWith('[');
  return documents.map((document, i) => {
    const which = documents.length === 1 ? name : `${name} (${i + 1} of ${documents.length})`;
    // The signature of a webhook is over its bytes, so a single one is taken as it is.
    const raw = isList || documents.length > 1 ? Buffer.from(JSON.stringify(document)) : bytes;
    return fromDocument(which, document, raw, type ?? typeOf(file));
  });
}

function typeOf(file: string): string | undefined {
  const name = path.basename(file, '.json');
  return events.find(({ type }) => type === name)?.type;
}

const structured = { 'content-type': 'application/cloudevents+json' };

function fromDocument(name: string, document: unknown, bytes: Buffer, type: string | undefined): Recorded {
  if (!isObject(document)) throw unknown(name);
  if (typeof document.specversion === 'string') return recorded(name, structured, bytes);
  const { headers, body } = document;
  if (isObject(headers) && body !== undefined)
    return recorded(name, lowerCase(headers), Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
  if (type !== undefined) {
    const attributes = { specversion: '1.0', id: 'replayed', source: '/post-deployment/replay', type };
    const event = { ...attributes, datacontenttype: 'application/json', data: document };
    return recorded(name, structured, Buffer.from(JSON.stringify(event)));
  }
  if (isObject(document.repository)) return recorded(name, headersFor(document), bytes);
  throw unknown(name);
}

/** Headers for a payload without any. */
function headersFor(payload: JsonObject): Record<string, string> {
  const event =
    'before' in payload && 'after' in payload ? 'push' : 'pull_request' in payload ? 'pull_request' : 'unknown';
  return {
    'content-type': 'application/json',
    'x-gitea-event': event,
    'x-gitea-event-type': event,
    'x-gitea-delivery': 'replayed',
  };
}

function recorded(name: string, headers: Record<string, string>, body: Buffer): Recorded {
  const isEvent = headers['ce-id'] !== undefined || /^application\/cloudevents/i.test(headers['content-type'] ?? '');
  return { name, kind: isEvent ? 'event' : 'webhook', headers, body };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw wrongUse(`${file} cannot be read (${code}).`, 'Name a file, or - for standard input.', cause);
  }
}

function headersBeside(file: string): Record<string, string> | undefined {
  const { dir, name, ext } = path.parse(file);
  if (ext === '.json' && !name.endsWith('.body')) return undefined;
  try {
    return lowerCase(JSON.parse(readFileSync(path.join(dir, `${name.replace(/\.body$/, '')}.headers.json`), 'utf8')));
  } catch {
    return undefined;
  }
}

function headerLines(text: string): Record<string, string> {
  const lines = text.trim().split(/\r?\n/);
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

function lowerCase(headers: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}

function parse(bytes: Buffer, name: string): unknown[] {
  const text = bytes.toString('utf8');
  try {
    const document: unknown = JSON.parse(text);
    return Array.isArray(document) ? document : [document];
  } catch {
    // Perhaps one document per line.
  }
  try {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as unknown);
  } catch {
    throw unknown(name);
  }
}

function unknown(name: string): CommandError {
  return wrongUse(
    `${name}: expected a recorded webhook or CloudEvent: JSON with headers and body, an HTTP request as text, a body beside its .headers.json, a structured event, or a payload of Gitea.`,
    'post-deployment replay --help describes each form; events/samples/ has examples.',
  );
}
