import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const order = [
  'promotions',
  'events',
  'io',
  'host',
  'forges',
  'registries',
  'functions',
  'jobs',
  'stand-ins',
  'console',
  'local',
  'cli',
];
/** Rooms beside the row: `config` is read by the outer rooms; adapters do not know each other. */
const forbidden = [['registries', 'forges']];

function sources(room: string): string[] {
  return readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(room, file));
}

/** Rooms a file imports from, its own left out; packages by name. */
function imports(file: string): { rooms: string[]; packages: string[] } {
  const text = readFileSync(path.join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier]) => specifier ?? '',
  );
  const own = file.split(path.sep)[0];
  const rooms = specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map(
      (specifier) => path.relative(root, path.resolve(root, path.dirname(file), specifier)).split(path.sep)[0] ?? '',
    );
  return {
    rooms: [...new Set(rooms)].filter((room) => room !== own),
    packages: specifiers.filter((specifier) => !specifier.startsWith('.')),
  };
}

const rooms = order.filter((room) => readdirSync(root).includes(room) && readdirSync(path.join(root, room)).length > 0);

describe('imports', () => {
  for (const room of rooms) {
    it(`${room} imports from rooms on its left only`, () => {
      const left = order
        .slice(0, order.indexOf(room))
        .filter((other) => !forbidden.some(([a, b]) => a === room && b === other));
      // config: limits are numbers; settings are read by functions and what stands on them. The command line tells its version.
      const allowed = [...left, 'config', ...(room === 'cli' ? ['package.json'] : [])];
      const faults = sources(room).flatMap((file) =>
        imports(file)
          .rooms.filter((other) => !allowed.includes(other))
          .map((other) => `${file} imports ${other}`),
      );
      assert.deepEqual(faults, []);
    });
  }

  it('promotions is pure: no module of Node, no package', () => {
    const faults = sources('promotions').flatMap((file) =>
      imports(file).packages.map((name) => `${file} imports ${name}`),
    );
    assert.deepEqual(faults, []);
  });

  it('only io and host open sockets and read files or clocks for the functions', () => {
    const faults = ['promotions', 'events', 'forges', 'registries', 'functions'].flatMap(sources).flatMap((file) => {
      // Development only: writes the published schemas.
      if (file === path.join('events', 'generate-schemas.ts')) return [];
      const text = readFileSync(path.join(root, file), 'utf8');
      const outside = imports(file).packages.filter((name) =>
        /^(node:(http|https|net|tls|fs|dns|child_process)|axios)/.test(name),
      );
      const clock =
        /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bsetTimeout\(|\bMath\.random\(|\bconsole\./.test(text)
          ? ['clock, chance or console']
          : [];
      return [...outside, ...clock].map((what) => `${file}: ${what}`);
    });
    assert.deepEqual(faults, []);
  });
});
