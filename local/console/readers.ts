// How the console reads Git and registry: by the functions' own adapters and rules, over the servers' public APIs, under a name
// of its own. Writes nothing.

import { silent } from '../../cli/progress.ts';
import type { ReadingShell } from '../../cli/shell.ts';
import type { Forge } from '../../forges/forge.ts';
import { openForge } from '../../forges/index.ts';
import { type OwnSettings, readSettings } from '../../functions/settings.ts';
import type { Io } from '../../io/io.ts';
import { createIo } from '../../io/real-io.ts';
import { openRegistry } from '../../registries/index.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Server } from '../../stand-ins/json-call.ts';
import type { RunningSystem } from './system.ts';

/** How the console names itself to the servers, so that its own requests can be told from those of the functions. */
export const consoleAgent = 'post-deployment-console';
/** How it names itself when it acts in somebody's place. */
export const personAgent = 'a person, through the console';

export interface Readers {
  settings: Pick<OwnSettings, 'parse' | 'registryWriter'>;
  forge: Forge;
  registry: Registry;
  /** For what the command line reads. */
  shell: ReadingShell;
  /** For what the adapter has no word for: pull requests. */
  gitea: Server;
}

/** Throws SettingsError as the functions would. `agent`: by whose name the servers are asked. */
export function createReaders({ settings, gitea }: RunningSystem, agent = consoleAgent): Readers {
  const { readFile } = createIo({ name: 'console' });
  const env = { ...settings, PORT: undefined };
  const { parse, registryWriter, proxies } = readSettings(env, ['parse', 'registry-writer'], readFile);
  const own = createIo({ name: 'console', proxies });
  const io: Io = {
    ...own,
    api: (request) => own.api({ ...request, headers: { ...request.headers, 'user-agent': agent } }),
    log: () => {},
  };
  return {
    settings: { parse, registryWriter },
    forge: openForge(parse, io),
    registry: openRegistry(registryWriter, io),
    shell: { io, settings: (names) => readSettings(env, names, readFile), progress: silent },
    gitea: { ...gitea, userAgent: agent },
  };
}
