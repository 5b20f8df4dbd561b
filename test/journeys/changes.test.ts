// Every kind of change in Git, one after the other, through real functions as processes: what was changed → which events →
// which labels. One table, run over every generation of the Gitea stand-in.
import assert from 'node:assert/strict';
import { type System, startSystem } from '../../local/system.ts';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../stand-ins/gitea/index.ts';
import {
  createModelRegistryStandIn,
  type StandIn as ModelRegistryStandIn,
} from '../../stand-ins/model-registry/index.ts';

interface Git {
  repository: RepositoryHandle;
  hook: ReturnType<RepositoryHandle['createWebhook']>;
  /** A pull request that changes these files, with a second commit in front of the change. */
  pull(files: Record<string, string | null>): number;
}

interface Case {
  name: string;
  change(git: Git): void;
  /** `promoted prod/lamp 2`: event, subject, versions. */
  events: string[];
  /** Holders of `prod` by model afterwards. */
  prod: { lamp: string[]; radio?: string[] };
}

const file = (application: string) => `model-deployments/prod/${application}/config.yaml`;
const deploys = (version: string, name = 'lamp') => `name: ${name}\nversion: "${version}"\n`;

function mergedAs(style: 'merge' | 'squash' | 'rebase' | 'rebase-merge' | 'fast-forward-only', version: string): Case {
  return {
    name: `a pull request merged as ${style}`,
    change: ({ repository, pull }) =>
      void repository.mergePullRequest(pull({ [file('lamp')]: deploys(version) }), { style }),
    events: [`promoted prod/lamp ${version}`],
    prod: { lamp: [version] },
  };
}

/** Files changed by one commit on the branch. */
function committed(name: string, files: Record<string, string>, events: string[], prod: Case['prod']): Case {
  return { name, change: ({ repository }) => void repository.commit({ files, message: name }), events, prod };
}

let early = '';
const cases: Case[] = [
  {
    name: 'a new application by direct push',
    change: ({ repository }) => {
      early = repository.commit({ files: { [file('lamp')]: deploys('1') }, message: 'Deploy' });
    },
    events: ['promoted prod/lamp 1'],
    prod: { lamp: ['1'] },
  },
  mergedAs('merge', '2'),
  mergedAs('squash', '3'),
  mergedAs('rebase', '9'),
  mergedAs('rebase-merge', '4'),
  mergedAs('fast-forward-only', '5'),
  {
    name: 'a pull request merged by hand and marked so',
    change: ({ repository, pull }) => {
      const number = pull({ [file('lamp')]: deploys('1') });
      const head = repository.head('next')!;
      repository.pushRefs([{ ref: 'refs/heads/main', after: head }]);
      repository.mergePullRequest(number, { style: 'manually-merged', mergeCommit: head });
    },
    events: ['promoted prod/lamp 1'],
    prod: { lamp: ['1'] },
  },
  committed('a revert', { [file('lamp')]: deploys('5') }, ['promoted prod/lamp 5'], { lamp: ['5'] }),
  {
    name: 'twelve commits of which the webhook names five',
    change: ({ repository }) =>
      void repository.pushCommits([
        { files: { [file('lamp')]: deploys('6') }, message: 'Promote' },
        ...Array.from({ length: 11 }, (_, i) => ({ files: { [`notes/${i}.md`]: String(i) }, message: `Note ${i}` })),
      ]),
    events: ['promoted prod/lamp 6'],
    prod: { lamp: ['6'] },
  },
  {
    name: 'two applications in one pull request',
    change: ({ repository, pull }) =>
      void repository.mergePullRequest(pull({ [file('lamp')]: deploys('7'), [file('radio')]: deploys('1', 'radio') }), {
        style: 'merge',
      }),
    events: ['promoted prod/lamp 7', 'promoted prod/radio 1'],
    prod: { lamp: ['7'], radio: ['1'] },
  },
  committed(
    'a second application of the same model with another version',
    { [file('lamp-b')]: deploys('8') },
    ['promoted prod/lamp 7,8'],
    { lamp: ['7', '8'], radio: ['1'] },
  ),
  {
    name: 'a folder renamed',
    change: ({ repository }) =>
      void repository.renameFolder('model-deployments/prod/lamp-b', 'model-deployments/prod/lamp-c'),
    events: ['promoted prod/lamp 7,8'],
    prod: { lamp: ['7', '8'], radio: ['1'] },
  },
  {
    name: 'one application deleted',
    change: ({ repository }) => void repository.deleteFiles([file('lamp-c')]),
    events: ['promoted prod/lamp 7'],
    prod: { lamp: ['7'], radio: ['1'] },
  },
  {
    name: 'the last application of a model deleted',
    change: ({ repository }) => void repository.deleteFiles([file('radio')]),
    events: ['withdrawn prod/radio '],
    prod: { lamp: ['7'], radio: [] },
  },
  committed(
    'a version that is only written otherwise',
    { [file('lamp')]: 'name: lamp\r\nversion: 7 # the same\r\n' },
    ['promoted prod/lamp 7'],
    { lamp: ['7'], radio: [] },
  ),
  committed(
    'a version that looks like a number',
    { [file('lamp')]: 'name: lamp\nversion: 1.10\n' },
    ['promoted prod/lamp 1.10'],
    { lamp: ['1.10'], radio: [] },
  ),
  committed(
    'a file that cannot be read any more',
    { [file('lamp')]: 'version: [1\nname: "' },
    ['promoted prod/lamp 1.10'],
    { lamp: ['1.10'], radio: [] },
  ),
  committed('the file made readable again', { [file('lamp')]: deploys('2') }, ['promoted prod/lamp 2'], {
    lamp: ['2'],
    radio: [],
  }),
  {
    name: 'a force push back to an early commit',
    change: ({ repository }) => repository.forcePush('main', early),
    events: ['promoted prod/lamp 1'],
    prod: { lamp: ['1'], radio: [] },
  },
  committed(
    'nothing that is deployed: a readme, another environment, a user interface, an alert',
    {
      'README.md': 'x',
      'model-deployments/test/lamp/config.yaml': deploys('9'),
      [file('lamp-ui')]: 'model_name: lamp\nimage: quay.io/x/lamp-ui:1\n',
      [file('alerting')]: 'chart_path: charts/alerting\nname: lamp\n',
    },
    [],
    { lamp: ['1'], radio: [] },
  ),
  {
    name: 'a branch, a tag named like the watched branch, a request closed unmerged',
    change: ({ repository, pull }) => {
      const number = pull({ [file('lamp')]: deploys('9') });
      repository.closePullRequest(number);
      repository.tag('main', { at: repository.head('next') });
      repository.deleteBranch('next');
    },
    events: [],
    prod: { lamp: ['1'], radio: [] },
  },
  {
    name: 'a test delivery',
    change: ({ repository, hook }) => void repository.testWebhook(hook),
    events: [],
    prod: { lamp: ['1'], radio: [] },
  },
  {
    name: 'a promotion and its revert in one push',
    change: ({ repository }) =>
      void repository.pushCommits([
        { files: { [file('lamp')]: deploys('9') }, message: 'Promote' },
        { files: { [file('lamp')]: deploys('1') }, message: 'Revert' },
      ]),
    events: [],
    prod: { lamp: ['1'], radio: [] },
  },
  committed('the floating version', { [file('lamp')]: deploys('latest') }, ['promoted prod/lamp latest'], {
    lamp: [],
    radio: [],
  }),
];

for (const generation of ['gitea-1.26', 'gitea-1.22', 'forgejo-7'] as const) {
  describe(`every kind of change, on ${generation}`, () => {
    let gitea: GiteaStandIn;
    let registry: ModelRegistryStandIn;
    let system: System;
    let git: Git;

    before(async () => {
      gitea = await createGiteaStandIn({ generation });
      const repository = gitea.createRepository('ada/mlops-gitops', { files: { [file('notes')]: '---\n' } });
      registry = await createModelRegistryStandIn();
      const versions = (names: string[]) => names.map((name) => ({ name, labels: ['test'] }));
      registry.addModel({
        name: 'lamp',
        versions: versions(['1', '2', '3', '4', '5', '6', '7', '8', '9', '1.10', '1.1']),
      });
      registry.addModel({ name: 'radio', versions: versions(['1', '2']) });
      system = await startSystem({
        settings: {
          GITEA_URL: gitea.url,
          GITEA_TOKEN: gitea.createToken('ada', ['read:repository']),
          GITEA_REPOSITORY: 'ada/mlops-gitops',
          MODEL_REGISTRY_URL: registry.url,
          GITEA_WEBHOOK_SECRET: 'a-secret-we-chose',
        },
      });
      repository.repository.allowManualMerge = true;
      const hook = repository.createWebhook({
        url: system.webhook.url,
        secret: 'a-secret-we-chose',
        events: ['push', 'pull_request', 'create', 'delete'],
      });
      git = {
        repository,
        hook,
        pull(files) {
          if (repository.head('next')) repository.deleteBranch('next');
          repository.createBranch('next');
          repository.commit({
            branch: 'next',
            files: { 'changelog.md': JSON.stringify(files) },
            message: 'Say what comes',
          });
          repository.commit({ branch: 'next', files, message: 'Promote' });
          return repository.openPullRequest({ title: 'Promotion', head: 'next' }).number;
        },
      };
    });
    after(async () => {
      await system?.close();
      await registry?.close();
      await gitea?.close();
    });

    for (const { name, change, events, prod } of cases) {
      it(name, async () => {
        const begin = system.broker.history.length;

        change(git);
        await gitea.idle();
        await system.idle();

        const seen = system.broker.history.slice(begin).map(({ event }) => event);
        const said = seen
          .filter(({ attributes }) => /^dev\.mlops\.model\./.test(attributes.type ?? ''))
          .map(({ attributes, data }) => {
            const { serving } = JSON.parse(String(data)) as { serving: { version: string }[] };
            const verb = attributes.type?.split('.')[3];
            return `${verb} ${attributes.subject} ${serving.map(({ version }) => version).join(',')}`;
          });
        assert.deepEqual([...new Set(said)].sort(), events);
        assert.deepEqual(holders(registry), { radio: [], ...prod });
        assert.deepEqual(system.broker.deadLetters, []);
      });
    }

    it('and at the end registry and Git are in sync: a reconcile finds nothing', async () => {
      const writes = registry.calls.filter(({ method }) => method !== 'GET').length;
      assert.equal(await system.ping(), 202);
      await system.idle();
      assert.equal(registry.calls.filter(({ method }) => method !== 'GET').length, writes);
      for (const names of Object.values(registry.labels())) {
        for (const labels of Object.values(names)) assert.ok(labels.includes('test'));
      }
    });
  });
}

function holders(registry: ModelRegistryStandIn): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(registry.labels()).map(([model, versions]) => [
      model,
      Object.keys(versions).filter((version) => versions[version]?.includes('prod')),
    ]),
  );
}
