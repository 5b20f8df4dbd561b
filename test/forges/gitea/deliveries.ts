// The recorded webhooks of all generations, as they came over the wire, and webhooks made like them.
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

export interface Recorded {
  /** generation/case/file */
  name: string;
  /** Names in lower case, as Node gives them. */
  headers: Record<string, string>;
  body: Buffer;
  /** Which hook: /hook/nosecret has no secret, /hook/second another one. */
  path: string;
}

/** What the recorded hooks are signed with. */
export const secrets = ['recording-secret', 'another-secret'];

const fixtures = new URL('../../fixtures/', import.meta.url);

export function recordedDeliveries(): Recorded[] {
  return ['gitea', 'gitea-1.22', 'forgejo'].flatMap((generation) =>
    readdirSync(new URL(`${generation}/deliveries/`, fixtures)).flatMap((name) =>
      recordedCase(`${generation}/deliveries/${name}`),
    ),
  );
}

/** `folder` below test/fixtures. */
export function recordedCase(folder: string): Recorded[] {
  const read = (file: string) => readFileSync(new URL(`${folder}/${file}`, fixtures));
  const list = JSON.parse(read('deliveries.json').toString()) as { file: string; path: string }[];
  return list.map(({ file, path }) => {
    const headers = JSON.parse(read(`${file}.headers.json`).toString()) as Record<string, string>;
    return {
      name: `${folder.replace('/deliveries', '')}/${file}`,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      body: read(`${file}.body`),
      path,
    };
  });
}

/** Signed as Gitea does: over the JSON, whatever the encoding. */
export function signedHeaders(
  json: string | Buffer,
  more: Record<string, string> = {},
  secret = secrets[0]!,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-gitea-delivery': 'd1',
    'x-gitea-event': 'push',
    'x-gitea-event-type': 'push',
    'x-gitea-signature': createHmac('sha256', secret).update(json).digest('hex'),
    ...more,
  };
}
