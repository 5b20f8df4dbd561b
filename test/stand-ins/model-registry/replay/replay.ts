// Sends the recorded requests to a stand-in, with the recorded ids and times, and says where its answers differ.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as send } from 'node:http';
import {
  createModelRegistryStandIn,
  type GenerationName,
  type SeedValue,
  type StandIn,
} from '../../../../stand-ins/model-registry/index.ts';
import { BODIES, LEFT_BEHIND, type LeftBehind, MAP_REPLACED, outageAt } from './circumstances.ts';
import { CASES_ON_EMPTY, type Exchange, type Recording, readExchanges, readRecordings } from './recordings.ts';

/** `server/case#index` → what differs; nothing where the answers are the same. */
export type Differences = Map<string, string[]>;

interface Answer {
  status: number;
  /** A repeated header keeps all values. */
  headers: Record<string, string[]>;
  body: unknown;
}

/** `generation` is that of the stand-ins, by default the one that was recorded. */
export async function replay(server: GenerationName, generation = server): Promise<Differences> {
  const differences: Differences = new Map();
  await replayTogether(readRecordings(server), server, generation, differences);
  for (const alone of readRecordings(server, CASES_ON_EMPTY)) {
    await replayTogether([alone], undefined, generation, differences);
  }
  return differences;
}

/** `setUpOf`: a server whose setup was not recorded needs one. */
async function replayTogether(
  recordings: Recording[],
  setUpOf: GenerationName | undefined,
  generation: GenerationName,
  differences: Differences,
): Promise<void> {
  let time = 0;
  const standIn = await createModelRegistryStandIn({ generation, clock: () => time });
  const setTime = (next: number) => {
    time = next;
  };
  try {
    if (setUpOf === 'v0.2.21-postgres') await setUpUnrecorded(standIn, setTime);
    for (const { server, name, exchanges } of recordings) {
      for (const [index, exchange] of exchanges.entries()) {
        const key = `${server}/${name}#${index}`;
        const replaced = MAP_REPLACED[key];
        if (replaced) replaceMap(standIn, replaced);
        for (const resource of LEFT_BEHIND[key] ?? []) leaveBehind(standIn, exchanges, resource, setTime);
        outageAt(standIn, name, exchange);
        prepare(standIn, exchange, setTime);
        const found = compare(exchange.response, await answerOf(standIn, exchange, BODIES[key]));
        if (found.length > 0) differences.set(key, found);
      }
      standIn.database.set('up');
    }
  } finally {
    await standIn.close();
  }
}

/** Ids and times come from the recording, so that everything made of them (messages, tokens, lengths) can be compared. */
function prepare(standIn: StandIn, { request, response }: Exchange, setTime: (time: number) => void): void {
  const body = response.body as { id?: string; lastUpdateTimeSinceEpoch?: string } | null;
  const date = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'date')?.[1];
  const changes = (request.body as { id?: string } | null)?.id !== undefined;
  if (response.status === 201 && !changes) standIn.store.skipIdsTo(tableOf(request.path), Number(body!.id));
  if (request.method !== 'GET' && body?.lastUpdateTimeSinceEpoch) setTime(Number(body.lastUpdateTimeSinceEpoch));
  else if (date) setTime(Date.parse(date));
}

const tableOf = (path: string) => (/artifacts$/.test(path) ? 'artifact' : 'context');

/** The setup of this server was not kept; the same requests were sent to the other ones. Its times show in `find`. */
async function setUpUnrecorded(standIn: StandIn, setTime: (time: number) => void): Promise<void> {
  const shown = readRecordings('v0.2.21-postgres').flatMap(({ exchanges }) => exchanges);
  for (const exchange of readExchanges('v0.2.21-mariadb', 'setup-model-three-versions')) {
    const { method, path } = exchange.request;
    if (method !== 'POST') continue;
    const { id } = exchange.response.body as { id: string };
    // The artifacts of this server are shown by look-up only, the first of them not at all.
    const seen = firstSight(shown, tableOf(path), Number(id), { createTimeSinceEpoch: '0' });
    setTime(Number(seen.createTimeSinceEpoch));
    await answerOf(standIn, exchange, undefined);
  }
}

/** Puts a resource there that a request without record made: as the case shows it first. */
function leaveBehind(
  standIn: StandIn,
  exchanges: Exchange[],
  { table, id, parent, labels }: LeftBehind,
  setTime: (time: number) => void,
): void {
  assert.ok(!standIn.store.find(table, id), `${table} ${id} was said to be unrecorded, but it is there`);
  const shown = firstSight(exchanges, table, id);
  standIn.store.skipIdsTo(table, id);
  setTime(Number(shown.createTimeSinceEpoch));
  const fields = [
    'name',
    'author',
    'owner',
    'description',
    'state',
    'uri',
    'modelFormatName',
    'modelFormatVersion',
    'storageKey',
    'storagePath',
  ];
  const seed = Object.fromEntries(fields.filter((name) => name in shown).map((name) => [name, shown[name]]));
  const properties = labels ? {} : seedValues(shown.customProperties as Record<string, Record<string, unknown>>);
  const whole = { ...seed, name: shown.name as string, properties, labels: labels ?? [] };
  if (table === 'artifact') standIn.addArtifact(parent!, whole);
  else if (shown.registeredModelId) standIn.addVersion(shown.registeredModelId as string, whole);
  else standIn.addModel(whole);
  standIn.store.find(table, id)!.updateTime = Number(shown.lastUpdateTimeSinceEpoch);
}

function seedValues(map: Record<string, Record<string, unknown>>): Record<string, SeedValue> {
  const entries = Object.entries(map).map(([key, value]): [string, SeedValue] => {
    if ('int_value' in value) return [key, { int: Number(value.int_value) }];
    if ('double_value' in value) return [key, { double: value.double_value as number }];
    return [key, (value.bool_value ?? value.string_value) as boolean | string];
  });
  return Object.fromEntries(entries);
}

function replaceMap(standIn: StandIn, { id, properties }: { id: number; properties: Record<string, string> }): void {
  const row = standIn.store.find('context', id)!;
  const map = Object.entries(properties).map(([name, string]) => ({ name, custom: true, string }));
  row.properties = [...row.properties.filter((property) => !property.custom), ...map];
}

function firstSight(
  exchanges: Exchange[],
  table: string,
  id: number,
  otherwise?: Record<string, unknown>,
): Record<string, unknown> {
  for (const { response } of exchanges) {
    const body = response.body as { items?: Record<string, unknown>[] } & Record<string, unknown>;
    for (const resource of body?.items ?? [body]) {
      if (resource?.id !== String(id)) continue;
      if ('artifactType' in resource === (table === 'artifact')) return resource;
    }
  }
  if (otherwise) return otherwise;
  throw new Error(`No answer of the case shows ${table} ${id}`);
}

function answerOf(standIn: StandIn, exchange: Exchange, bodyText: string | undefined): Promise<Answer> {
  const { method, path, headers, body } = exchange.request;
  return new Promise((resolve, reject) => {
    const request = send(`${standIn.url}${path}`, { method, headers: withoutTransport(headers), path });
    const gone = () => resolve({ status: 0, headers: {}, body: '(connection closed without a response)' });
    request.on('error', gone).on('response', (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode!,
            headers: response.headersDistinct as Answer['headers'],
            body: parse(text),
          });
        });
    });
    if (exchange.response.status === 0) {
      once(standIn.events, 'call').then(([call]) => call.status === 0 && request.destroy(), reject);
    }
    request.end(bodyText ?? bytesOf(method, body));
  });
}

function withoutTransport(headers: Record<string, string>): Record<string, string> {
  const transport = ['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !transport.includes(name.toLowerCase())));
}

function bytesOf(method: string, body: unknown): string | Buffer | undefined {
  if (body === null) return method === 'PATCH' || method === 'POST' ? 'null' : undefined;
  if (typeof body === 'string') return body;
  const base64 = (body as { $base64?: string }).$base64;
  return base64 === undefined ? JSON.stringify(body) : Buffer.from(base64, 'base64');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `Allow` was recorded once of several. */
const HEADERS = ['content-type', 'vary', 'x-content-type-options', 'date', 'allow'];
/** Byte lengths stand for the exact form of the text. */
const LENGTHS = ['content-length', 'transfer-encoding'];

/** Of a refusal its status, headers and `code`: the words of its message are Go's and the database's, which nothing reads. */
function compare(recorded: Exchange['response'], answer: Answer): string[] {
  const found: string[] = [];
  const isRefusal = recorded.status >= 400;
  if (recorded.status !== answer.status) found.push(`status ${answer.status} instead of ${recorded.status}`);
  const wanted = new Map(Object.entries(recorded.headers).map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of recorded.status === 0 ? [] : isRefusal ? HEADERS : [...HEADERS, ...LENGTHS]) {
    const values = answer.headers[name] ?? [];
    const value = wanted.get(name);
    const same =
      value === undefined
        ? values.length === 0
        : values.includes(value) || (name === 'date' && within(values[0], value));
    if (!same) found.push(`${name}: ${values.join(' | ') || 'absent'} instead of ${value ?? 'absent'}`);
  }
  if (recorded.status === 0) return found;
  const shown = (body: unknown) => normal((isRefusal ? (body as { code?: string } | null)?.code : body) ?? '');
  const [expected, actual] = [shown(recorded.body), shown(answer.body)];
  if (expected !== actual) found.push(`body\n      ${actual}\n  instead of\n      ${expected}`);
  return found;
}

/** A write is recorded by its own time, in milliseconds; the header was set when that second could have passed. */
const within = (given: string | undefined, wanted: string) =>
  Math.abs(Date.parse(given ?? '') - Date.parse(wanted)) <= 1000;

/** Names that a server makes up are never the same twice. */
function normal(body: unknown): string {
  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort()
            .map(([key, field]) => [key, sorted(field)]),
        )
      : Array.isArray(value)
        ? value.map(sorted)
        : value;
  return (typeof body === 'string' ? body : JSON.stringify(sorted(body))).replaceAll(
    /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
    '(uuid)',
  );
}
