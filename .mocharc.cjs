const { availableParallelism } = require('node:os');

module.exports = {
  'node-option': ['import=tsx'],
  require: ['./test/seed.ts', './test/assert-ok.ts'],
  // A backstop against what hangs, not a measure of speed: nothing is told by how long it takes.
  timeout: 300_000,
  // Files side by side where a command says --parallel, as `npm test` does; each starts processes of its own.
  jobs: Math.min(4, availableParallelism()),
  // A failed test may leave a server open, and the run has to end all the same.
  exit: true,
};
