// The settings of the running system as a file, so that the command line and other tools find the same servers.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from '../config/settings/reader.ts';
import { endingOf, registryTable } from '../config/settings/registry.ts';
import { settingNames } from '../functions/settings.ts';
import { furtherRegistries, type System } from './system.ts';

/** Not in Git: it holds tokens. */
const file = fileURLToPath(new URL('../dist/local.env', import.meta.url));

export interface EnvFile {
  /** As it is named from here. */
  path: string;
  remove(): Promise<void>;
}

/** What may be set about a further registry. */
function namesOf(registry: string): string[] {
  const ending = endingOf(registry);
  const names = Object.entries<Row>(registryTable).flatMap(([name, { secret }]) =>
    secret ? [name + ending, `${name}${ending}_FILE`] : [name + ending],
  );
  return [...names, `MODEL_REGISTRY_UI_URL${ending}`];
}

export function settingsText({ settings, webhook }: Pick<System, 'settings' | 'webhook'>): string {
  const lines = [...settingNames(), ...furtherRegistries(settings).flatMap(namesOf)]
    // A function's own affairs.
    .filter((name) => !/^(FUNCTION_TARGET|PORT|EVENTS_PORT|K_.*|SINK_.*)$/.test(name))
    .flatMap((name) => (settings[name] ? [`${name}='${settings[name]}'`] : []));
  // By it the command line knows which webhook is ours.
  lines.push(`WEBHOOK_URL='${webhook.url}'`);
  return `# Of npm run local, while it runs.\n${lines.join('\n')}\n`;
}

export async function writeEnvFile(system: System): Promise<EnvFile> {
  await mkdir(path.dirname(file), { recursive: true });
  await rm(file, { force: true });
  await writeFile(file, settingsText(system), { mode: 0o600 });
  return { path: path.relative(process.cwd(), file), remove: () => rm(file, { force: true }) };
}
