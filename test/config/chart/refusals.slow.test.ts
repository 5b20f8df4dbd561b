// What people type by mistake: the chart says what was expected, and what is right beside it is rendered.
import assert from 'node:assert/strict';
import { tool } from '../../tool.ts';
import { render, workshop } from './helm.ts';
import { merge, set } from './values.ts';

const token = '0123456789abcdef0123456789abcdef01234567';
const elsewhere = 'http://git.example.com';

/** A value's path, or several values; what is refused, with what the sentence says; what is taken. */
const cases: { path: string; among?: object; refused: [unknown, RegExp][]; taken: unknown[] }[] = [
  {
    path: 'gitea.url',
    refused: [
      ...['/api/v1', '/api/v1/', '/team/other.git', '/user1/mlops-gitops', '/user1/mlops-gitops/settings/hooks'],
      ...['/USER1/MLOps-GitOps/', '/team/other/src/branch/main/README.md', '/user/login', '/team/other/pulls/1'],
    ].map((path) => [`https://git.example.com${path}`, /expected the address of the server, as .*gitea\.repository/]),
    taken: ['https://git.example.com', 'https://git.example.com/', 'https://example.com/tools/gitea'],
  },
  {
    path: 'gitea.url',
    refused: ['user:{token}@git.example.com', 'git.example.com/?token={token}'].map((text) => [
      `https://${text.replace('{token}', token)}`,
      /came a text of \d+ characters, which is not shown/,
    ]),
    taken: [elsewhere],
  },
  ...['gitea.existingSecret', 'commitStatus.existingSecret'].map((path) => ({
    path,
    among: { gitea: { url: elsewhere } },
    refused: [['git-token', /gitea\.url: expected https:\/\/, because a token goes there.*allowHttp/]] as [
      unknown,
      RegExp,
    ][],
    taken: [''],
  })),
  {
    path: 'gitea.url',
    among: { gitea: { existingSecret: 'git-token' } },
    refused: [
      ['http://10.0.0.1:3000', /because a token goes there/],
      ['http://svc.example.com', /because a token goes there/],
      ['http://.svc', /because a token goes there/],
    ],
    taken: ['http://gitea.gitea.svc:3000', 'http://gitea.gitea.svc.cluster.local/', 'http://127.0.0.1:3000'],
  },
  {
    path: 'allowHttp',
    among: { gitea: { url: elsewhere, existingSecret: 'git-token' } },
    refused: [[false, /because a token goes there/]],
    taken: [true],
  },
  {
    path: 'registry.url',
    among: { registry: { existingSecret: 'registry-token' } },
    refused: [
      ['https://r.example.com/api/model_registry/v1alpha3', /to which registry\.api is added/],
      ['https://r.example.com/api/model_registry/', /to which registry\.api is added/],
      ['https://r.example.com/api/2.0/mlflow', /to which registry\.api is added/],
      ['https://dashboard.example.com/modelRegistry/team', /registry\.uiUrl/],
      ['http://r.example.com', /registry\.url: expected https:\/\/, because a token goes there/],
    ],
    taken: ['https://r.example.com/prefix', 'http://registry.team.svc:8080'],
  },
  {
    path: 'registry.user',
    refused: [['ada', /registry\.existingSecret: expected the Secret whose key `token` is the password/]],
    taken: [''],
  },
  {
    path: 'gitea.existingSecret',
    refused: [
      [token, /expected the name of a Secret, never what is in it.*; came a text of 40 characters, which is not shown/],
      ['eyJhbGciOiJSUzI1NiJ9.e30.c2ln', /; came a text of 29 characters/],
    ],
    taken: ['gitea-read'],
  },
  {
    path: 'gitea.repository',
    refused: [
      ['mlops-gitops', /expected owner\/name/],
      ['user1/', /expected owner\/name/],
      ['https://git.example.com/user1/mlops-gitops', /expected owner\/name/],
      ['user1/mlops-gitops.git', /without \.git/],
    ],
    taken: ['user.1/mlops.gitops'],
  },
  {
    path: 'gitea.branch',
    refused: ['refs/heads/main', 'a..b', 'a b', '-a', 'a.lock', 'a/'].map((branch) => [
      branch,
      /the short name of a branch/,
    ]),
    taken: ['main', 'release/1.x'],
  },
  {
    path: 'promotions.environments',
    refused: [
      ...['Prod', 'prod,Test', 'prod,'].map((text): [unknown, RegExp] => [text, /names of environments in lower case/]),
      ...['state', 'prod,name'].map((text): [unknown, RegExp] => [text, /names that are no field of the registry/]),
    ],
    taken: ['*', 'prod, test'],
  },
  {
    path: 'promotions.artifactEnvironment',
    among: { promotions: { environments: 'test, staging' } },
    refused: [['prod', /expected one of promotions\.environments \(test, staging\); came "prod"/]],
    taken: ['staging'],
  },
  {
    path: 'promotions.files',
    refused: [
      ['deployments/prod/{application}.yaml', /expected \{environment\} exactly once in every path/],
      ['{environment}/{application}/{environment}.yaml', /expected \{environment\} exactly once/],
      [
        '{environment}/{application}.yaml, {environment}/x.yaml',
        /expected \{application\} exactly once.*"\{environment\}\/x/,
      ],
    ],
    taken: ['{environment}/**/{application}.yaml, x/{environment}/{application}.yml'],
  },
  {
    path: 'broker.class',
    refused: [
      ['kafka', /expected Kafka, spelled so; came "kafka"/],
      ['mtchannelbasedbroker', /expected MTChannelBasedBroker/],
    ],
    taken: ['Kafka', 'MTChannelBasedBroker', 'SomebodyElses'],
  },
  {
    path: 'broker.url',
    among: { broker: { caCerts: '-----BEGIN CERTIFICATE-----' } },
    refused: ['', 'http://broker.example.com/a/b'].map((url) => [
      url,
      /broker\.caCerts: expected broker\.url with https/,
    ]),
    taken: ['https://broker.example.com/a/b'],
  },
  {
    path: 'proxy.existingSecret',
    among: { proxy: { https: 'http://proxy.example.com:3128' } },
    refused: [['proxy', /proxy\.existingSecret: .*came both/]],
    taken: [''],
  },
  {
    path: 'image.reference',
    refused: ['docker://quay.io/a/b:1', 'https://quay.io/a/b'].map((text) => [
      text,
      /without https:\/\/ or docker:\/\//,
    ]),
    taken: ['quay.io/a/b-c:1.2-rc.1', 'localhost:5000/a', `quay.io/a/b@sha256:${'a'.repeat(64)}`],
  },
  {
    path: 'repo_url',
    refused: [[`https://user1:${token}@git.example.com/a/b`, /the address of a Git repository .*which is not shown/]],
    taken: ['https://git.example.com/a/b.git', 'git@git.example.com:a/b.git', 'ssh://git@git.example.com:2222/a/b'],
  },
  {
    path: 'extraEnv',
    refused: [
      ...['GITEA_URL', 'GITEA_TOKEN', 'K_SINK', 'PORT', 'NODE_EXTRA_CA_CERTS', 'https_proxy'].map(
        (name): [unknown, RegExp] => [
          [{ name, value: 'x' }],
          new RegExp(`variables that the chart does not set; came ${name}`),
        ],
      ),
      [[{ value: 'x' }], /missing property 'name'/],
    ],
    taken: [[{ name: 'TZ', value: 'UTC' }]],
  },
  ...['commonLabels', 'podLabels', 'commonAnnotations', 'podAnnotations'].map((path) => ({
    path,
    refused: [
      [{ 'app.kubernetes.io/instance': 'x' }, /expected keys that the chart does not set/],
      [{ 'argocd.argoproj.io/sync-wave': '3' }, /expected keys that the chart does not set/],
      [{ team: true }, /got boolean, want string/],
    ] as [unknown, RegExp][],
    taken: [{ 'app.kubernetes.io/created-by': 'us' }],
  })),
  {
    path: 'parse.resources',
    refused: [[{ memory: '1Gi' }, /additional properties 'memory' not allowed/]],
    taken: [{ limits: { memory: '1Gi', cpu: 1 } }],
  },
  { path: 'networkPolicy.metricsNamespaces', refused: [[[], /minItems/]], taken: [['monitoring']] },
  { path: 'reconcile.schedule', refused: [['@hourly', /five fields/]], taken: ['*/10 7-19 * * MON-FRI'] },
  { path: 'USER_NAME', refused: [['<USER_NAME>', /the name of a user/]], taken: ['user1'] },
];

describe('values that cannot be right', () => {
  let helm: string;
  before(function () {
    helm = tool(this, 'HELM');
  });

  for (const { path, among = {}, refused, taken } of cases) {
    const values = (value: unknown) => merge(merge(workshop, among), set(path, value));
    it(`${path} ${JSON.stringify(among)} is refused with a sentence`, async () => {
      for (const [value, sentence] of refused)
        await assert.rejects(render(helm, values(value)), (error: Error) => {
          assert.match(error.message, sentence, JSON.stringify(value));
          assert.ok(!error.message.includes(token), 'the secret is repeated');
          return true;
        });
      for (const value of taken) await render(helm, values(value));
    });
  }

  it('whatever else is wrong is said at the same time', async () => {
    const wrong = {
      ...workshop,
      gitea: { repository: 'a' },
      broker: { class: 'kafka' },
      promotions: { environments: 'P' },
    };
    await assert.rejects(
      render(helm, wrong),
      /gitea\.repository: [\s\S]*promotions\.environments: [\s\S]*broker\.class: /,
    );
  });
});
