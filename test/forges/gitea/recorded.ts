// A server that gives recorded or made answers, and remembers what it was asked. An unforeseen request is answered 599.
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import type { ForgeOptions } from '../../../forges/forge.ts';
import { gitea } from '../../../forges/gitea/index.ts';
import { clock } from '../../../io/clock.ts';
import { createHttp } from '../../../io/http.ts';
import type { Io } from '../../../io/io.ts';
import { httpServer } from '../../io/local-server.ts';

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Cut the connection after the body, of which more was promised. */
  cut?: boolean;
}

export interface Asked {
  /** Path and query as sent. */
  url: string;
  headers: IncomingHttpHeaders;
}

export const generations = ['gitea', 'gitea-1.22', 'forgejo'] as const;
export type Generation = (typeof generations)[number];

export const repository = 'ada/mlops-gitops';
const prefix = `/api/v1/repos/${repository}`;

const fixtures = new URL('../../fixtures/', import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON of any shape
export function recordedBody(generation: Generation, name: string): any {
  return read(generation, name).response.body;
}

function read(generation: Generation, name: string) {
  return JSON.parse(readFileSync(new URL(`${generation}/api/${name}.json`, fixtures), 'utf8'));
}

/** Names of all recordings of a generation. */
export function recordedNames(generation: Generation): string[] {
  return readdirSync(new URL(`${generation}/api/`, fixtures)).map((file) => file.replace(/\.json$/, ''));
}

/** What was asked, path and query below the repository. */
export function recordedPath(generation: Generation, name: string): string {
  return read(generation, name).request.path.slice(prefix.length);
}

/** The recorded answer, byte for byte as far as the recording keeps it. `Date` and length are the local server's. */
export function recorded(generation: Generation, name: string): Answer {
  const { status, headers, body } = read(generation, name).response;
  const kept = Object.entries<string>(headers).filter(
    ([key]) => !/^(date|transfer-encoding|content-length)$/i.test(key),
  );
  return { status, headers: Object.fromEntries(kept), body: bytes(body) };
}

function bytes(body: unknown): string | Buffer | undefined {
  if (body === null) return undefined;
  const { text, base64, json } = body as { text?: unknown; base64?: unknown; json?: null };
  if (typeof text === 'string') return text;
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
  return JSON.stringify(json === null ? null : body);
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json;charset=utf-8', ...headers },
  body: JSON.stringify(body),
});

/** Answers by path and query below the repository; a key with `/api/` is taken as a whole. */
export type Answers = Record<string, Answer> | ((url: string) => Answer | Promise<Answer> | undefined);

export async function giteaServer(answers: Answers) {
  const asked: Asked[] = [];
  const server = await httpServer(async (request, response) => {
    const url = request.url!;
    asked.push({ url, headers: request.headers });
    const short = url.startsWith(prefix) ? url.slice(prefix.length) : url;
    const answer = (typeof answers === 'function' ? await answers(short) : answers[short]) ?? { status: 599 };
    const headers = answer.cut ? { ...answer.headers, 'content-length': '1000000' } : answer.headers;
    response.writeHead(answer.status, headers);
    if (!answer.cut) return void response.end(answer.body);
    response.write(answer.body ?? '{', () => response.destroy());
  });
  const urls = () => asked.map(({ url }) => (url.startsWith(prefix) ? url.slice(prefix.length) : url));
  return { url: server.url, close: server.close, asked, urls };
}

export type GiteaServer = Awaited<ReturnType<typeof giteaServer>>;

/** The adapter in front of a server, with the real client. */
export function giteaAt(url: string, options: Partial<ForgeOptions> = {}, io: Partial<Pick<Io, 'api' | 'clock'>> = {}) {
  const token = () => 'secret-token';
  const usual = { url, repository, token, tokenName: 'GITEA_TOKEN', ca: () => undefined };
  return gitea.open({ ...usual, ...options }, { api: createHttp(), clock, ...io });
}
