// Reads its standard input in one of four ways, after it has warmed up, and says what that took: node read-strange.cjs <bundle> <way>.
const { readFileSync } = require('node:fs');

const [, , bundle, way] = process.argv;
const { readDeploymentFile, readTemplate } = require(bundle);
const template = readTemplate('**/{environment}/**/{application}/**/config.yaml');
const ways = {
  file: (bytes) => readDeploymentFile(bytes),
  path: (bytes) => template.match(bytes.toString()),
  json: (bytes) => JSON.parse(bytes.toString()),
  yaml: (bytes) => require('yaml').parse(bytes.toString()),
};
const usual = {
  file: 'version: 1\nname: a\n',
  yaml: 'version: 1\nname: a\n',
  path: 'a/prod/b/c/config.yaml',
  json: '{"a":[1]}',
};
const input = readFileSync(0);
// A path is too short to be measured once.
const times = Math.max(1, Math.floor(2 ** 20 / input.length));

(async () => {
  for (let i = 0; i < 200; i++) await ways[way](Buffer.from(usual[way]));
  const before = process.resourceUsage();
  for (let i = 0; i < times; i++) await ways[way](input);
  const after = process.resourceUsage();
  const micros = after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime;
  const bytes = Math.max(2 ** 20, (after.maxRSS - before.maxRSS) * 1024);
  console.log(JSON.stringify({ cpuMs: micros / 1000, bytes }));
})();
