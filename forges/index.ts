// The forges there are. A new one is a folder like gitea/, a row here and its name in config/settings/settings.ts; nothing else
// names an adapter.
import type { ForgeName } from '../config/settings/settings.ts';
import { callsTo } from '../io/calls.ts';
import type { Io } from '../io/io.ts';
import type { ForgeAdapter, ForgeOptions, OpenForge } from './forge.ts';
import { gitea } from './gitea/index.ts';

const forges: Readonly<Record<ForgeName, ForgeAdapter>> = { gitea };

/** `forge`: as the setting FORGE says. */
export function forgeOf({ forge }: { forge: ForgeName }): ForgeAdapter {
  return forges[forge];
}

/** Its calls are counted, and bounded by the deadline of the event that they are made for. */
export function openForge(options: ForgeOptions & { forge: ForgeName }, io: Io): OpenForge {
  return forgeOf(options).open(options, callsTo(options.forge, io));
}
