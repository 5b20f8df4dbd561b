// The settings of the running system as a file, so that the command line and other tools find the same servers.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { settingNames } from '../functions/settings.ts';
import type { System } from './system.ts';

/** Not in Git: it holds tokens. */
const file = fileURLToPath(new URL('../dist/local.env', import.meta.url));

export interface EnvFile {
  /** As it is named from here. */
  path: string;
  remove(): Promise<void>;
}

export async function writeEnvFile({ settings, webhook }: System): Promise<EnvFile> {
  const lines = settingNames()
    // A function's own affairs.
    .filter((name) => !/^(FUNCTION_TARGET|PORT|EVENTS_PORT|K_.*|SINK_.*)$/.test(name))
    .flatMap((name) => (settings[name] ? [`${name}='${settings[name]}'`] : []));
  // By it the command line knows which webhook is ours.
  lines.push(`WEBHOOK_URL='${webhook.url}'`);
  await mkdir(path.dirname(file), { recursive: true });
  await rm(file, { force: true });
  await writeFile(file, `# Of npm run local, while it runs.\n${lines.join('\n')}\n`, { mode: 0o600 });
  return { path: path.relative(process.cwd(), file), remove: () => rm(file, { force: true }) };
}
