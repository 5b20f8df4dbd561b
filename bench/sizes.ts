// Sizes: bytes of what each function loads, and how many packages are in it, beside an image with node_modules.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { functions } from '../functions/table.ts';
import { bundles, root } from './contestants.ts';

export interface Sizes {
  bundles: Record<string, number>;
  /** Packages whose code is in any bundle; all that `npm ci --omit=dev` installs. */
  packages: { bundled: number; installed: number };
  dependencies: number;
}

export function measureSizes(): Sizes {
  const names = [...Object.keys(functions), 'all', 'index'];
  const sizes = names.map((name) => [name, statSync(path.join(bundles, `${name}.cjs`)).size] as const);
  const texts = readFileSync(path.join(bundles, 'third-party-licenses.txt'), 'utf8');
  const bundled = texts.match(/^\S+ \d+\.\d+\.\d\S* \([\w.-]+\)$/gm)?.length ?? 0;
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>;
  };
  const installed = Object.entries(packages).filter(
    ([name, each]) => name !== '' && !each.dev && !each.optional,
  ).length;
  return {
    bundles: Object.fromEntries(sizes),
    packages: { bundled, installed },
    dependencies: Object.keys(dependencies).length,
  };
}

/** ms of CPU that loading one library alone costs, over a Node with node:http: medians of `rounds`. */
export function measureLibraries(rounds: number): Record<string, number> {
  const libraries = {
    'Node itself': undefined,
    'node:http, over that': '',
    'node:crypto': 'require("node:crypto");',
    'node:https (TLS)': 'require("node:https");',
    axios: 'require("axios");',
    cloudevents: 'require("cloudevents");',
    valibot: 'require("valibot");',
    yaml: 'require("yaml");',
    'faas-js-runtime': 'require("faas-js-runtime");',
  };
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round += 1)
    for (const [name, code] of Object.entries(libraries)) {
      const script = `${code === undefined ? '' : `require('node:http'); ${code}`} const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)`;
      const text = execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' });
      times[name] = [...(times[name] ?? []), Number(text)];
    }
  const median = (all: number[]) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)]!;
  const [alone, base] = [median(times['Node itself']!), median(times['node:http, over that']!)];
  return Object.fromEntries(
    Object.entries(times).map(([name, all]) => {
      if (name === 'Node itself') return [name, alone];
      return [name, Math.max(0, median(all) - (name.startsWith('node:http,') ? alone : base))];
    }),
  );
}
