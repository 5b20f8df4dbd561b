import assert from 'node:assert/strict';
import type { Settings } from '../../../functions/settings.ts';
import { type Env, errorsOf, observer, parse, source, writer } from './read.ts';

type Read = (env: Env) => Settings;

describe('a setting', () => {
  /** The path is that of the value in Settings. */
  const accepted: [read: Read, env: Env, path: string, value: unknown][] = [
    [source, { PORT: '0' }, 'port', 0],
    [source, { PORT: '65535' }, 'port', 65_535],
    [source, { PORT: '' }, 'port', 8080],
    [source, {}, 'listenAddress', undefined],
    [source, { LISTEN_ADDRESS: '::1' }, 'listenAddress', '::1'],
    [source, { LOG_LEVEL: 'debug' }, 'logLevel', 'debug'],
    [source, { K_SINK: 'http://broker.ns.svc/ns/default' }, 'sink', 'http://broker.ns.svc/ns/default'],
    [source, { K_SINK: 'http://sink/a/' }, 'sink', 'http://sink/a/'],
    [source, { K_CE_OVERRIDES: '' }, 'ceOverrides', {}],
    [source, { K_CE_OVERRIDES: '{}' }, 'ceOverrides', {}],
    [source, { K_CE_OVERRIDES: '{"extensions":null}' }, 'ceOverrides', {}],
    [source, { K_CE_OVERRIDES: '{"extensions":{"team":"a b"}}' }, 'ceOverrides', { team: 'a b' }],
    [source, { TERMINATION_GRACE_PERIOD_SECONDS: '5' }, 'gracePeriodMs', 5_000],
    [source, { EVENT_SIGNING_KEY: 'a k e y of 16 c.' }, 'eventSigningKey', 'a k e y of 16 c.'],
    [
      source,
      { GITEA_WEBHOOK_SECRET: 'the older secret, the newer secret' },
      'giteaSource.secrets',
      ['the older secret', 'the newer secret'],
    ],
    [source, { GITEA_REPOSITORIES: 'Ada/One, ada/two' }, 'giteaSource.repositories', ['ada/one', 'ada/two']],
    [parse, { GITEA_URL: 'https://example.com/git/' }, 'parse.url', 'https://example.com/git'],
    [parse, { GITEA_URL: 'http://[::1]:3000' }, 'parse.url', 'http://[::1]:3000'],
    [parse, { GITEA_REPOSITORY: 'Ada/One.x' }, 'parse.repository', 'Ada/One.x'],
    [parse, { GITEA_BRANCH: 'release/1.x' }, 'parse.branch', 'release/1.x'],
    // Tokens may have any length: others create them.
    [parse, { GITEA_TOKEN: 't' }, 'parse.token', 't'],
    [writer, { MODEL_REGISTRY_TOKEN: 't' }, 'registryWriter.token', 't'],
    [parse, { ENVIRONMENTS: 'test, prod,test' }, 'parse.environments', ['test', 'prod']],
    [parse, { ENVIRONMENTS: '*' }, 'parse.environments', '*'],
    [parse, { ENVIRONMENTS: '*' }, 'parse.artifactEnvironment', 'prod'],
    [parse, { ENVIRONMENTS: 'test,prod' }, 'parse.artifactEnvironment', 'prod'],
    [parse, { ENVIRONMENTS: 'stage,test' }, 'parse.artifactEnvironment', 'stage'],
    [parse, { ENVIRONMENTS: 'prod,test', ARTIFACT_ENVIRONMENT: 'test' }, 'parse.artifactEnvironment', 'test'],
    [
      parse,
      { DEPLOYMENT_FILES: 'a/**/{environment}-x/{application}.yaml, {application}/{environment}' },
      'parse.deploymentFiles',
      ['a/**/{environment}-x/{application}.yaml', '{application}/{environment}'],
    ],
    [parse, { ARTIFACT_URI: 's3://b/{a.b-c}/x' }, 'parse.artifactUri', 's3://b/{a.b-c}/x'],
    [writer, { MODEL_REGISTRY_API: '/api/model_registry/v2/' }, 'registryWriter.api', '/api/model_registry/v2'],
    [writer, { MODEL_REGISTRY_URL: 'https://x/mlflow/' }, 'registryWriter.url', 'https://x/mlflow'],
    [writer, { MLFLOW_VERSION_TAG: 'git version' }, 'registryWriter.versionTag', 'git version'],
    [writer, { MLFLOW_WORKSPACE: 'team-a' }, 'registryWriter.workspace', 'team-a'],
    [writer, { FLOATING_VERSIONS: 'latest,main' }, 'registryWriter.floatingVersions', ['latest', 'main']],
    [writer, { EVENT_MAX_AGE_MINUTES: '20' }, 'registryWriter.eventMaxAge', 1_200_000],
  ];
  for (const [read, env, path, value] of accepted)
    it(`${JSON.stringify(env)} gives ${path} ${JSON.stringify(value)}`, () => {
      // biome-ignore lint/suspicious/noExplicitAny: any setting
      const found = path.split('.').reduce((at: any, key) => at[key], read(env));
      assert.deepEqual(typeof found === 'function' ? found() : found, value);
    });

  const notShown = 'something else (not shown)';
  const url = 'a URL that begins with http:// or https://';
  const port = 'a whole number from 0 to 65535';
  const address = 'an IP address, such as 127.0.0.1 or ::1';
  const environment = 'names made of a-z, 0-9 and - that are no field of the registry (id, name, state, …)';
  const key = 'at least 16 characters (`openssl rand -hex 32` makes 64)';
  const overrides =
    'JSON such as {"extensions": {"name": "value"}}, names of a-z and 0-9 that are no attribute of every event';
  /** `came`: what the message says came, where that is not the value. */
  const refused: [read: Read, name: string, values: string[], expected: string, came?: string][] = [
    [source, 'PORT', ['80x', '65536', '-1', '1e3', ' 80'], port],
    [source, 'LISTEN_ADDRESS', ['localhost', '127.0.0.1:80'], address],
    [source, 'EVENTS_PORT', ['8081.5'], port],
    [source, 'LOG_LEVEL', ['INFO'], 'one of debug, info, warn, error'],
    [
      source,
      'FUNCTION_TARGET',
      ['writer'],
      'one of gitea-source, parse, registry-writer, dead-letter, commit-status, rollout-observer, notify',
    ],
    [source, 'ALLOW_HTTP', ['yes'], 'true or false'],
    [source, 'TERMINATION_GRACE_PERIOD_SECONDS', ['0'], 'a whole number from 1 to 3600'],
    [
      source,
      'K_SINK',
      ['broker', 'ftp://broker', 'http://', 'http:///x', 'http://bro ker', 'http://b\\c', 'http://broker:99999'],
      url,
    ],
    [
      source,
      'K_SINK',
      ['http://u:hidden@broker', 'http://@broker'],
      `${url} and has no user name or password in it`,
      notShown,
    ],
    [source, 'K_SINK', ['u:hidden@broker'], url, notShown],
    [parse, 'GITEA_URL', ['https://x?token=hidden', 'https://x/?'], `${url} and has no query or fragment`, notShown],
    [writer, 'MODEL_REGISTRY_URL', ['https://x#y'], `${url} and has no query or fragment`, notShown],
    [parse, 'GITEA_URL', ['https://x/git/api/v1/'], 'the address of the server, to which /api/v1 is added'],
    [
      writer,
      'MODEL_REGISTRY_URL',
      [
        'https://x/api/model_registry/v1alpha3',
        'https://x/pre/api/model_registry/',
        'https://x/api/2.0/mlflow',
        'https://x/pre/ajax-api/2.0/mlflow/',
        'https://x/api/3.0',
      ],
      'the address of the server, to which MODEL_REGISTRY_API is added',
    ],
    [
      writer,
      'MODEL_REGISTRY_URL',
      ['https://x/#/models/jukebox', 'https://x/pre/#/models'],
      'the address of the server, without #/ and what follows, which names a page of it',
    ],
    [writer, 'MODEL_REGISTRY_USER', ['ada:hidden', 'a\nb'], 'the name of a user, without spaces and colons', notShown],
    [
      writer,
      'MLFLOW_VERSION_TAG',
      ['version#', 'a\tb'],
      "the key of a tag: letters, digits, '_', '-', '.', ' ', ':', '/'",
    ],
    [writer, 'MLFLOW_WORKSPACE', ['team a'], 'printable ASCII without spaces'],
    [
      source,
      'K_CE_OVERRIDES',
      [
        '[]',
        '5',
        'x',
        '{"extensions":5}',
        '{"extensions":[]}',
        '{"extensions":{"a":1}}',
        '{"extensions":{"my-ext":"x"}}',
        '{"extensions":{"id":"x"}}',
      ],
      overrides,
    ],
    [
      source,
      'GITEA_WEBHOOK_SECRET',
      ['hidden sixteen c,'],
      'secrets, separated by commas, none of them empty',
      notShown,
    ],
    [source, 'GITEA_WEBHOOK_SECRET', ['hidden'], key, '6 characters'],
    [source, 'GITEA_WEBHOOK_SECRET', ['hidden of 15 ch'], key, '15 characters'],
    // Each of two, while one replaces the other.
    [
      source,
      'GITEA_WEBHOOK_SECRET',
      ['hidden sixteen c,hidden'],
      `${key} in each, separated by commas`,
      '6 characters in number 2',
    ],
    ...[source, parse, writer].map((read): (typeof refused)[number] => [
      read,
      'EVENT_SIGNING_KEY',
      ['h'],
      key,
      '1 character',
    ]),
    // Spaces around a key do not make it stronger.
    [parse, 'EVENT_SIGNING_KEY', [`  hidden${' '.repeat(20)}`], key, '6 characters'],
    [source, 'GITEA_REPOSITORIES', ['a/b,c'], 'owner/name'],
    [source, 'GITEA_REPOSITORIES', ['a/b,,'], 'repositories as owner/name, separated by commas, none of them empty'],
    [parse, 'GITEA_REPOSITORY', ['gitops', 'a/b/c', 'a/..', 'a/b?c'], 'owner/name'],
    [parse, 'GITEA_TOKEN', ['hidden\nX-Other: 1'], 'printable ASCII without spaces', notShown],
    [
      parse,
      'GITEA_BRANCH',
      ['refs/heads/main', 'a..b', 'a b', '-x', 'x/', 'x.lock', 'a~1', 'a//b', '/a'],
      'the short name of a branch, such as main',
    ],
    [parse, 'ENVIRONMENTS', ['Prod', 'pro_d', '-prod', 'id', 'state', 'description', 'prod,*'], environment],
    [parse, 'ENVIRONMENTS', [','], 'names of environments (or *), separated by commas, none of them empty'],
    [parse, 'ARTIFACT_ENVIRONMENT', ['Prod'], environment],
    [
      observer,
      'SERVING_NAMESPACES',
      ['prod', 'prod=', 'prod=a_b', 'Prod=a', 'prod=a=b', 'prod=a,prod=b', 'prod=a,', '=a'],
      'environments with their namespaces, each once, such as test=user1-test,prod=user1-prod',
    ],
    [
      observer,
      'SERVING_WORKLOAD',
      [
        '{name}',
        'inferenceservice/',
        'inferenceservice/jukebox',
        'inferenceservice/{name}{name}',
        'inferenceservice/{application}',
        'inferenceservice/{name}/x',
        'deployment/{name}',
        'deployment/{name}/',
        'deployment/jukebox/server',
        'deployment/{application}{name}/server',
        'deployment/{application}/Server',
        'deployment/{application}/server/x',
      ],
      'inferenceservice/ and the name of the InferenceService, with {name} for the name of the model; or deployment/, the name of the Deployment, with {application} or {name}, and after another / that of the container',
    ],
    [observer, 'ARGOCD_NAMESPACE', ['A', 'a.b', '-a'], 'the name of a namespace'],
    [
      parse,
      'ARTIFACT_URI',
      ['{a', 'a}', '{}', '{a b}', 'x y', '{{a}}'],
      'a URI with {key} for keys of the file, braces in pairs, without spaces',
    ],
    [
      writer,
      'MODEL_REGISTRY_API',
      ['api', '/a//b', '/a?b', 'https://x/api', '/a b'],
      'a path that begins with /, such as /api/model_registry/v1alpha3',
    ],
  ];
  for (const [read, name, values, expected, came] of refused)
    for (const value of values)
      it(`is refused: ${name}=${JSON.stringify(value)}`, () => {
        const lines = errorsOf(() => read({ [name]: value }));
        assert.deepEqual(lines, [`- ${name}: expected ${expected}; came ${came ?? JSON.stringify(value)}`]);
        if (came !== undefined) assert.equal(lines.join().includes('hidden'), false);
      });

  for (const template of [
    'a/{environment}/config.yaml',
    'a/{application}/config.yaml',
    'a/{environment}/{application}/{environment}',
    '/{environment}/{application}',
    '{environment}//{application}',
    '../{environment}/{application}',
    './{environment}/{application}',
    '{environment}/{application}/',
    '{environment}/{application}/*.yaml',
    '{environment}/{application}/a**',
    '{environment}/{application}/{file}',
    '{environment}/{application}/{',
  ]) {
    it(`is refused: DEPLOYMENT_FILES=${template}`, () => {
      const [line, ...more] = errorsOf(() => parse({ DEPLOYMENT_FILES: `ok/{environment}/{application},${template}` }));
      assert.match(line!, /^- DEPLOYMENT_FILES: expected .+; came "ok\//);
      assert.deepEqual(more, []);
    });
  }
});
