// What gitea-source needs around it in tests: settings, and a broker that answers what the test wants.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { decodeAttributeValue } from '../../../events/wire.ts';
import { readSettings, type SettingsOf } from '../../../functions/settings.ts';
import { secrets } from '../../forges/gitea/deliveries.ts';
import { httpServer } from '../../io/local-server.ts';

/** The recordings' second secret is shorter than what settings take now; what it signed is kept as it came. */
export function settingsFor(env: Record<string, string> = {}): SettingsOf<'gitea-source'> {
  const settings = readSettings({ GITEA_WEBHOOK_SECRET: secrets[0], ...env }, 'gitea-source', () => {
    throw new Error('no file');
  });
  return { ...settings, giteaSource: { ...settings.giteaSource!, secrets: () => secrets } };
}

export interface Taken {
  headers: IncomingHttpHeaders;
  /** `ce-` headers as text. */
  attributes: Record<string, string>;
  body: Buffer;
}

type Reply = number | ((response: ServerResponse) => void);

/** Answers 202, or what `replies` says first. */
export async function broker(...replies: Reply[]) {
  const taken: Taken[] = [];
  const waiting: (() => void)[] = [];
  const server = await httpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const names = Object.keys(request.headers).filter((name) => name.startsWith('ce-'));
    const attributes = names.map((name) => [name.slice(3), decodeAttributeValue(String(request.headers[name]))]);
    taken.push({ headers: request.headers, attributes: Object.fromEntries(attributes), body: Buffer.concat(chunks) });
    for (const go of waiting.splice(0)) go();
    const reply = replies.shift() ?? 202;
    if (typeof reply === 'function') reply(response);
    else response.writeHead(reply).end();
  });
  return {
    ...server,
    taken,
    /** Resolves when that many have arrived in all. */
    async arrived(count: number): Promise<void> {
      while (taken.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
