// CONTRIBUTING's table, tried with tasks of a maintainer: the row names the file, and the thing to change is in it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const rows = readFileSync(new URL('CONTRIBUTING.md', root), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '));

/** The task; a part of the first cell of its row; the file or folder; what has to be changed or read there. */
const tasks: [task: string, row: string, path: string, thing: string][] = [
  ['change how long the broker is retried', 'how long gitea-source tries', 'config/limits.ts', 'sourceDelivery:'],
  ['see where that time is told', 'how long gitea-source tries', 'config/chart/files/alerts.yaml', '15 minutes'],
  ['see how long it may be', 'how long gitea-source tries', 'test/config/limits.test.ts', '<= 900_000'],
  ['see what a watch does at SIGTERM', 'SIGTERM', 'functions/rollout-observer/function.ts', 'async shutdown('],
  ['see what happens at SIGTERM', 'SIGTERM', 'host/supervise.ts', "'SIGTERM'"],
  ['add a registry', 'another registry', 'registries/index.ts', 'kubeflow'],
  ['add a function', 'add a function', 'functions/table.ts', "'gitea-source': {"],
  ['add a setting', 'add a setting', 'config/settings/settings.ts', 'ENVIRONMENTS: {'],
  ['change what a label is called', 'a label is called', 'promotions/property-names.ts', 'function labelOf('],
  ['change which answers are tried again', 'answers of a broker', 'functions/deliver.ts', 'function mayBeTakenLater'],
  ['find where a webhook is checked', 'a signature is checked', 'forges/gitea/delivery.ts', 'timingSafeEqual('],
  ['find where an event is checked', 'a signature is checked', 'events/signature.ts', 'timingSafeEqual('],
  ['change the size limit of a webhook', 'size limit', 'config/limits.ts', 'webhookBytes ='],
  ['see what a larger webhook must fit into', 'size limit', 'host/take-request.ts', 'keptForSmallBodies ='],
  ['give a function more memory for it', 'size limit', 'functions/table.ts', 'memory:'],
  ['add a property to the record', 'to the deployment record', 'promotions/property-names.ts', "'promotedBy'"],
  ['put it into the event', 'to the deployment record', 'events/promotion-schema.ts', 'promotedBy'],
  ['change when an artifact differs', 'sees a difference', 'promotions/artifact-uri.ts', 'planArtifactUri'],
  ['record a setting as a contract', 'add a setting', 'config/chart/templates/_settings.tpl', 'GITEA_BRANCH'],
  ['say what a lost event means', 'add a function', 'functions/dead-letter/explain-loss.ts', 'rollout-observer'],
  ['show what a function posts', 'add a function', 'local/console/index.ts', 'const makers'],
  ['give a function values of its own', 'add a function', 'config/chart-source/running-values.ts', 'const own'],
  ['read another kind of object', 'read of a cluster', 'clusters/kubernetes.ts', 'replicasets:'],
  ['get the right to read it', 'read of a cluster', 'config/chart/templates/rollout.yaml', '"replicasets"'],
  ['change what a rollout is called on a commit', 'a commit status', 'promotions/rollout-status.ts', 'rolloutEntry'],
  ['add a column to status', 'post-deployment status', 'cli/commands/status.ts', 'function columnsOf'],
  ['change what status explains', 'post-deployment status', 'cli/status/model-status.ts', 'explanation:'],
  ['add a story in a real cluster', 'a real cluster', 'test/cluster/cluster.sh', '.cluster.ts'],
  ['change how a pull request is found', 'pull request of a commit', 'functions/parse/provenance.ts', 'pullRequest'],
  ['see why a push was ignored', 'a push was ignored', 'functions/parse/function.ts', "outcome: 'ignored'"],
  ['change the text of a commit status', 'a commit status', 'functions/commit-status/status-texts.ts', 'Git deploys '],
  ['add a metric', 'add a metric', 'docs/operate.md', '| `events_total` |'],
  ['change an alert', 'an alert', 'config/chart/files/alerts.yaml', 'alert: DriftFound'],
  ['change Triggers in the chart', 'the Triggers', 'functions/table.ts', 'trigger:'],
  ['change which files count', 'deployment files', 'config/settings/settings.ts', 'DEPLOYMENT_FILES: {'],
  ['change the order of writes', 'the order of writes', 'functions/registry-writer/write.ts', 'writeMarker('],
  ['add a command-line option', 'add a command', 'cli/commands.ts', "new Option('-n, --dry-run"],
  ['change what the console shows', 'the console shows', 'console/page/', 'verdict'],
  ["change an answer of Gitea's stand-in", 'answers a route', 'stand-ins/gitea/api/', '/statuses/'],
];

function textsOf(path: string): string[] {
  const url = new URL(path, root);
  if (!statSync(url).isDirectory()) return [readFileSync(url, 'utf8')];
  return readdirSync(url).map((name) => readFileSync(new URL(name, url), 'utf8'));
}

describe('CONTRIBUTING leads a maintainer', () => {
  for (const [task, title, path, thing] of tasks)
    it(`who wants to ${task} to ${path}`, () => {
      const row = rows.find((line) => line.split('|')[1]!.includes(title));
      assert.ok(row?.includes(`\`${path}`), `no row about "${title}" that names ${path}`);
      assert.ok(
        textsOf(path).some((text) => text.includes(thing)),
        `${path} has nothing like ${thing}`,
      );
    });
});
