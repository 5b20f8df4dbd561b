// Where bytes of strangers come in, each with ordinary inputs: every function on the real host, over a socket; what a
// repository holds; paths. An input of a function is its headers, an empty line, and its body.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TryAgainError } from '../../../../events/errors.ts';
import { encodeAttributeValue } from '../../../../events/wire.ts';
import { type FunctionName, functions } from '../../../../functions/table.ts';
import { serve } from '../../../../host/server.ts';
import type { Io } from '../../../../io/io.ts';
import { createLog } from '../../../../io/log.ts';
import { createMetrics } from '../../../../io/metrics.ts';
import { createIo } from '../../../../io/real-io.ts';
import { readDeploymentFile } from '../../../../promotions/deployment-file.ts';
import { matchTemplates, readTemplate } from '../../../../promotions/deployment-template.ts';
import { type Doubles, openFunction } from '../../../functions/open-function.ts';
import { objectForge } from '../../../functions/parse/object-forge.ts';
import { config, prod } from '../../../functions/parse/world.ts';
import { connect, readToEnd } from '../../../io/raw-client.ts';
import { registryToken, signingKey, webhookSecret } from '../judge.ts';
import { attributes, deliveriesBy, samples } from '../recorded.ts';
import { standInForRegistry } from '../registry-stand-in.ts';

export interface Door {
  name: string;
  seeds: readonly Buffer[];
  /** How many times more than a request a byte of it may cost; see docs/limits.md. */
  dearness: number;
  /** Bytes that an input may have when it grows in its place `at`. */
  room(input: Buffer, at: number): number;
  send(input: Buffer): Promise<void>;
  /** The same to a server that does nothing with it: what Node itself takes for the request. */
  sendToNobody?(input: Buffer): Promise<void>;
  close(): Promise<void>;
}

const mib = 2 ** 20;
const emptyLine = Buffer.from('\r\n\r\n');

/** Log lines are written as ever, to nowhere. */
function quietIo(api?: Io['api']): Io {
  const noNetwork = async () => {
    throw new TryAgainError('no network');
  };
  return {
    ...createIo({ name: 'cost' }),
    api: api ?? noNetwork,
    sink: noNetwork,
    log: createLog({ name: 'cost', level: 'info', now: Date.now, write: () => {} }),
    metrics: createMetrics(),
  };
}

/** What a function needs around it. `reset`: as if nothing had come yet. */
function surroundings(name: FunctionName): { env: Record<string, string>; io: Io; doubles?: Doubles; reset?(): void } {
  const git = { GITEA_URL: 'https://git.example.test', GITEA_REPOSITORY: 'acme/fleet' };
  switch (name) {
    case 'gitea-source':
      return { env: { GITEA_WEBHOOK_SECRET: webhookSecret }, io: quietIo() };
    case 'parse': {
      const forge = objectForge();
      forge.commit({ [prod('jukebox')]: config('1'), [prod('radio')]: config('5', 'radio') });
      forge.commit({ [prod('jukebox')]: config('2'), [prod('radio')]: null });
      return { env: git, io: quietIo(), doubles: { forge }, reset: () => forge.calls.splice(0) };
    }
    case 'registry-writer': {
      const registry = standInForRegistry();
      const env = { MODEL_REGISTRY_URL: registry.url, MODEL_REGISTRY_TOKEN: registryToken };
      return { env, io: quietIo(registry.api), reset: () => registry.reset() };
    }
    case 'commit-status': {
      const statuses = {
        clockOffset: () => 0,
        repository: async () => ({ url: 'https://git.example.test/acme/fleet', defaultBranch: 'main' }),
        statuses: async () => [],
        mergesOnto: () => async () => undefined,
        addStatus: async () => {},
      };
      return { env: { ...git, GITEA_STATUS_TOKEN: 'status-token-51fe' }, io: quietIo(), doubles: { statuses } };
    }
    case 'notify': {
      const releases = { kind: 'slack', name: 'releases', token: 'slack-token-93ab', channel: 'C0123456789' };
      const body = Buffer.from('{"ok":true,"messages":[]}');
      const api: Io['api'] = async () => ({ status: 200, headers: {}, body });
      return { env: { NOTIFY_CHANNELS: JSON.stringify([releases]) }, io: quietIo(api) };
    }
    case 'rollout-observer':
      // A cluster that cannot be reached: one that answers would be watched for minutes.
      return { env: { SERVING_NAMESPACES: 'prod=acme-prod' }, io: quietIo() };
    case 'dead-letter':
      return { env: { K_SINK: 'http://127.0.0.1:1/' }, io: quietIo() };
  }
}

interface Hosted {
  of: FunctionName;
  seeds: readonly Buffer[];
  key?: string;
  /** What is sent for an input. */
  change?: (head: string, body: Buffer) => string;
}

type Named = readonly [name: string, open: () => Promise<Door>];

function hosted(name: string, { of, seeds, key, change = (head) => head }: Hosted): Named {
  const open = async (): Promise<Door> => {
    const { env, io, doubles, reset } = surroundings(of);
    const signing: Record<string, string> = key === undefined ? {} : { EVENT_SIGNING_KEY: key };
    const module = openFunction(of, { ...env, ...signing }, io, {
      ...doubles,
      deliver: async () => ({ status: 202 }),
    });
    const { bodyLimit } = functions[of];
    const limits = { requestTimeoutMs: 600_000, gracePeriodMs: 1_000 };
    const host = await serve(module, { port: 0, hostname: '127.0.0.1', ...limits, ...functions[of], io: quietIo() });
    const bare = createServer((request, response) => {
      request.resume().on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    bare.maxHeadersCount = 0;
    await once(bare, 'listening');
    const { port: barePort } = bare.address() as AddressInfo;
    async function sendTo(port: number, input: Buffer): Promise<void> {
      const end = input.indexOf(emptyLine);
      const body = end < 0 ? Buffer.alloc(0) : input.subarray(end + emptyLine.length);
      const head = change((end < 0 ? input : input.subarray(0, end)).toString('latin1'), body);
      const socket = await connect(port);
      const ended = readToEnd(socket);
      socket.write(
        `POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${body.length}\r\n${head}\r\n\r\n`,
        'latin1',
      );
      socket.end(body);
      await ended;
    }
    return {
      name,
      dearness: 1,
      seeds,
      room: (input, at) => (at > input.indexOf(emptyLine) ? Math.min(bodyLimit, mib) : 15 * 1024),
      send: (input) => {
        reset?.();
        return sendTo(host.port, input);
      },
      sendToNobody: (input) => sendTo(barePort, input),
      async close() {
        bare.close();
        await host.close();
      },
    };
  };
  return [name, open];
}

function requestOf(headers: Readonly<Record<string, string>>, body: Uint8Array | string): Buffer {
  const lines = Object.entries(headers)
    .filter(([name]) => !['host', 'content-length', 'connection', 'accept-encoding'].includes(name))
    .map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), emptyLine, Buffer.from(body)]);
}

/** One of each type, as JSON and as a form. */
const deliveries = deliveriesBy(({ headers }) => `${headers['x-gitea-event']} ${headers['content-type']}`)
  .filter(({ headers }) => headers['content-type'] === 'application/json')
  .flatMap(({ headers, body }) => [
    requestOf(headers, body),
    requestOf(
      { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      `payload=${encodeURIComponent(body.toString())}`,
    ),
  ]);

const events = samples.flatMap(({ type, data }) => {
  const all = {
    specversion: '1.0',
    ...attributes,
    type,
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    signature: 'a'.repeat(64),
  };
  const named = Object.entries(all).map(([name, value]) => [`ce-${name}`, encodeAttributeValue(value)]);
  return [
    requestOf({ 'content-type': 'application/json', ...Object.fromEntries(named) }, JSON.stringify(data)),
    requestOf({ 'content-type': 'application/cloudevents+json' }, JSON.stringify({ ...all, data })),
  ];
});

const fixtures = new URL('../../../fixtures/deployment-files/', import.meta.url);

/** `dearness`: a value of YAML takes objects for a byte or two, and so does one more place where a name may end. */
function plain(
  name: string,
  dearness: number,
  room: number,
  seeds: readonly Buffer[],
  read: (input: Buffer) => unknown,
): Named {
  const send = async (input: Buffer) => void (await read(input));
  return [name, async () => ({ name, dearness, seeds, room: () => room, send, close: async () => {} })];
}

/** As whoever leaked the secret, or may push, could send it. */
const signed = (head: string, body: Buffer) =>
  `${head.replace(/^x-[a-z]+-signature(?:-256)?:[^\r]*(?:\r\n)?/gim, '')}\r\nx-gitea-signature: ${createHmac('sha256', webhookSecret).update(body).digest('hex')}`;

/** As an operator may write them; the path is anybody's. */
const templates = [
  'fleet/{environment}/{application}/config.yaml',
  '**/{environment}/{application}.yaml',
  '**/{environment}/**/{application}/**/config.yaml',
  '**/{environment}/**/x-prod/**/{application}/config.yaml',
  '**/{environment}-{application}-x.yaml',
].map((text) => {
  const template = readTemplate(text);
  assert.ok(!('expected' in template));
  return template;
});

const files = readdirSync(fixtures).map((file) => readFileSync(new URL(file, fixtures)));
const paths = [
  'fleet/prod/jukebox/config.yaml',
  'a/b/c/prod/jukebox.yaml',
  'README.md',
  'prod/a/b/x-prod/radio/config.yaml',
];

export const doors: ReadonlyMap<string, () => Promise<Door>> = new Map([
  hosted('gitea-source', { of: 'gitea-source', seeds: deliveries }),
  hosted('gitea-source, signed', { of: 'gitea-source', seeds: deliveries, change: signed }),
  ...(['parse', 'registry-writer', 'commit-status', 'rollout-observer', 'notify'] as const).flatMap((of) => [
    hosted(of, { of, seeds: events, key: signingKey }),
    hosted(`${of}, no key`, { of, seeds: events }),
  ]),
  hosted('dead-letter', { of: 'dead-letter', seeds: events }),
  plain('deployment file', 20, mib, files, readDeploymentFile),
  plain(
    'path',
    30,
    5_000,
    paths.map((path) => Buffer.from(path)),
    (input) => matchTemplates(templates, input.toString()),
  ),
]);
