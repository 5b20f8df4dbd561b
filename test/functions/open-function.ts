// A function as a host loads it, with the io of a test, and with doubles in the place of Git or of whoever takes its events.

import { openKubernetes } from '../../clusters/kubernetes.ts';
import { StopError, TryAgainError } from '../../events/errors.ts';
import type { CommitStatuses, Forge } from '../../forges/forge.ts';
import { openForge } from '../../forges/index.ts';
import { createCommitStatus } from '../../functions/commit-status/function.ts';
import { createDeadLetter } from '../../functions/dead-letter/function.ts';
import type { Deliver } from '../../functions/deliver.ts';
import { type EventFunction, eventHandler } from '../../functions/function.ts';
import { createGiteaSource } from '../../functions/gitea-source/function.ts';
import { createNotify } from '../../functions/notify/function.ts';
import { createParse } from '../../functions/parse/function.ts';
import { createRegistryWriter } from '../../functions/registry-writer/function.ts';
import { createRolloutObserver } from '../../functions/rollout-observer/function.ts';
import { readSettings } from '../../functions/settings.ts';
import type { FunctionName } from '../../functions/table.ts';
import type { FunctionModule } from '../../host/function-module.ts';
import { readIncoming } from '../../host/read-event.ts';
import { refusal } from '../../host/refusal.ts';
import { type Written, writeAnswer } from '../../host/write-answer.ts';
import type { Io } from '../../io/io.ts';
import { openRegistry } from '../../registries/index.ts';

export interface Doubles {
  forge?: Forge;
  statuses?: CommitStatuses;
  // biome-ignore lint/suspicious/noExplicitAny: data of gitea-source's events is text, of all others an object.
  deliver?: Deliver<any>;
}

const known = new Map<string, unknown>();

/** Settings of the same environment are read once. */
function settingsOf<N extends FunctionName>(name: N, env: Readonly<Record<string, string>>) {
  const key = JSON.stringify([name, env]);
  const noFile = () => {
    throw new Error('no files here');
  };
  if (!known.has(key)) known.set(key, readSettings(env, name, noFile));
  return known.get(key) as ReturnType<typeof readSettings<N>>;
}

export function openFunction(
  name: FunctionName,
  env: Readonly<Record<string, string>>,
  io: Io,
  { forge, statuses, deliver }: Doubles = {},
): FunctionModule {
  const handler = (fn: EventFunction) => eventHandler(fn, io) as FunctionModule;
  switch (name) {
    case 'gitea-source':
      return createGiteaSource(settingsOf(name, env), io, deliver) as FunctionModule;
    case 'parse': {
      const settings = settingsOf(name, env);
      return handler(createParse(settings, io, forge ?? openForge(settings.parse, io), deliver));
    }
    case 'registry-writer': {
      const settings = settingsOf(name, env);
      return handler(createRegistryWriter(settings, io, openRegistry(settings.registryWriter, io)));
    }
    case 'commit-status': {
      const settings = settingsOf(name, env);
      return handler(createCommitStatus(settings, io, statuses ?? openForge(settings.commitStatus, io)));
    }
    case 'notify':
      return handler(createNotify(settingsOf(name, env), io));
    case 'rollout-observer': {
      const settings = settingsOf(name, env);
      const kubernetes = openKubernetes(settings.rolloutObserver, io);
      return handler(createRolloutObserver(settings, io, kubernetes, deliver));
    }
    case 'dead-letter':
      return handler(createDeadLetter(settingsOf(name, env), io, deliver));
  }
}

/** What host/take-request.ts does between bytes and function, without a socket; what a function throws beside its two errors is thrown. */
export async function request(
  { handle }: Pick<FunctionModule, 'handle'>,
  headers: Record<string, string>,
  rawBody: Buffer,
  parseBody = true,
): Promise<Written> {
  try {
    const { body, event } = await readIncoming(headers, rawBody, parseBody);
    return await writeAnswer(
      await handle({ method: 'POST', query: {}, headers, body, rawBody } as never, event ?? body),
    );
  } catch (error) {
    const status = error instanceof StopError ? error.status : error instanceof TryAgainError ? 503 : undefined;
    if (status === undefined) throw error;
    const refused = refusal(status, (error as Error).message);
    return { status, headers: refused.headers, body: Buffer.from(refused.body) };
  }
}
