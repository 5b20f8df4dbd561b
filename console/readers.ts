// How the console reads Git and registry: by the functions' own adapters and rules, over the servers' public APIs, under a name
// of its own. Writes nothing.
import { readSettings, type Settings } from '../config/settings/settings.ts';
import type { Forge } from '../forges/forge.ts';
import { openForge } from '../forges/index.ts';
import type { Io, Log } from '../io/io.ts';
import { createIo } from '../io/real-io.ts';
import { registries } from '../registries/index.ts';
import type { Registry } from '../registries/registry.ts';
import type { Server } from '../stand-ins/json-call.ts';
import type { RunningSystem } from './system.ts';

/** How the console names itself to the servers, so that what it asks is told from what the functions ask. */
export const consoleAgent = 'post-deployment-console';
/** How it names itself when it acts in somebody's place. */
export const personAgent = 'a person, through the console';

export interface Readers {
  settings: { parse: NonNullable<Settings['parse']>; registryWriter: NonNullable<Settings['registryWriter']> };
  forge: Forge;
  registry: Registry;
  /** `log`: what the rules remark while they read. */
  io(log: Log): Io;
  /** For what the adapters have no word for: pull requests, whole lists. */
  gitea: Server;
  registryApi: Server;
}

/** Throws SettingsError as the functions would. */
export function createReaders({ settings, gitea, registry }: RunningSystem): Readers {
  const all = { ...settings, FUNCTION_TARGET: undefined, PORT: undefined, EVENTS_PORT: undefined };
  const { readFile } = createIo({ name: 'console' });
  const { parse, registryWriter, proxies } = readSettings(all, undefined, readFile);
  if (!parse || !registryWriter)
    throw new Error('the console was started without the settings of parse and registry-writer');
  const own = createIo({ name: 'console', proxies });
  const io: Io = {
    ...own,
    api: (request) => own.api({ ...request, headers: { ...request.headers, 'user-agent': consoleAgent } }),
    log: () => {},
  };
  return {
    settings: { parse, registryWriter },
    forge: openForge(parse, io),
    registry: registries.kubeflow(registryWriter, io),
    io: (log) => ({ ...io, log }),
    gitea: { ...gitea, userAgent: consoleAgent },
    registryApi: { ...registry, userAgent: consoleAgent },
  };
}
