import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { registryKinds } from '../config/settings/registry.ts';
import { order } from './layers.ts';

const root = path.resolve(import.meta.dirname, '..');
/** Adapters do not know each other. */
const forbidden = [
  ['registries', 'forges'],
  ['clusters', 'forges'],
  ['clusters', 'registries'],
];

const layerOf = (file: string) => order.find((layer) => file === layer || file.startsWith(`${layer}/`)) ?? file;

/** Paths from the root of the layer's files. */
function sources(layer: string): string[] {
  if (layer.endsWith('.ts')) return [layer];
  return readdirSync(path.join(root, layer), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(layer, file));
}

/** Layers a file imports from, its own left out (what belongs to none: the file); packages by name. */
function imports(file: string): { layers: string[]; packages: string[] } {
  const text = readFileSync(path.join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier]) => specifier ?? '',
  );
  const layers = specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => layerOf(path.posix.join(path.posix.dirname(file), specifier)));
  return {
    layers: [...new Set(layers)].filter((layer) => layer !== layerOf(file)),
    packages: specifiers.filter((specifier) => !specifier.startsWith('.')),
  };
}

describe('imports', () => {
  for (const layer of order) {
    it(`${layer} imports from layers on its left only`, () => {
      const left = order
        .slice(0, order.indexOf(layer))
        .filter((other) => !forbidden.some(([a, b]) => a === layer && b === other));
      // The command line prints its version.
      const allowed = [...left, ...(layer === 'cli' ? ['package.json'] : [])];
      const errors = sources(layer).flatMap((file) =>
        imports(file)
          .layers.filter((other) => !allowed.includes(other))
          .map((other) => `${file} imports ${other}`),
      );
      assert.deepEqual(errors, []);
    });
  }

  it('functions and promotions name no kind of registry', () => {
    const naming = ['functions', 'promotions'].flatMap(sources).filter((file) => {
      // A source may be cited, as owner/name#1.
      const text = readFileSync(path.join(root, file), 'utf8')
        .toLowerCase()
        .replace(/[\w-]+\/[\w-]+#\d+/g, '');
      return Object.keys(registryKinds).some((kind) => text.includes(kind));
    });
    assert.deepEqual(naming, []);
  });

  it('every file of config belongs to a layer', () => {
    const files = sources('config');
    assert.deepEqual(
      files.filter((file) => layerOf(file) === file && !order.includes(file)),
      [],
    );
  });

  it('promotions is pure: no module of Node, no package', () => {
    const errors = sources('promotions').flatMap((file) =>
      imports(file).packages.map((name) => `${file} imports ${name}`),
    );
    assert.deepEqual(errors, []);
  });

  it('only io and host open sockets and read files or clocks for the functions', () => {
    const errors = ['promotions', 'events', 'forges', 'registries', 'clusters', 'functions']
      .flatMap(sources)
      .flatMap((file) => {
        // Development only: writes the published schemas.
        if (file === 'events/generate-schemas.ts') return [];
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
    assert.deepEqual(errors, []);
  });
});
