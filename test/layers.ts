// The layers of the sources, for tests and measurements that go through them.

/** From left to right; a layer is a folder at the root, or what stands under a path in `config`. */
export const order = [
  'promotions',
  'events',
  'io',
  'config/limits.ts',
  'config/settings',
  'host',
  'forges',
  'registries',
  'clusters',
  'functions',
  'jobs',
  'console',
  'cli',
  'stand-ins',
  'config/chart-source',
  'config/generate.ts',
  'local',
];

/** The folders at the root that these are in, in the same order. */
export const folders = [...new Set(order.map((layer) => layer.split('/', 1)[0]!))];
/** All that a function is made of. */
export const foldersOfFunctions = folders.slice(0, folders.indexOf('functions') + 1);
/** What is shipped: neither stand-ins nor what starts them. */
export const productFolders = folders.filter((folder) => !['stand-ins', 'local'].includes(folder));
