import assert from 'node:assert/strict';
import { renderSettingsTable } from '../../config/generate.ts';
import { consoleTable } from '../../config/settings/console.ts';
import type { Row } from '../../config/settings/reader.ts';
import { registryTable } from '../../config/settings/registry.ts';
import { create } from '../../functions/registry-writer/index.ts';
import { eachRegistry, readAllSettings, readSettings, type Settings, settings } from '../../functions/settings.ts';
import {
  type Env,
  errorsOf,
  files,
  noFile,
  observer,
  parse,
  required,
  source,
  status,
  writer,
} from '../config/settings/read.ts';
import { recordingIo } from '../io/recording-io.ts';

const all: Env = Object.assign({}, ...Object.values(required));

/** With the present values of functions. */
const plain = (settings: Settings) =>
  JSON.parse(JSON.stringify(settings, (_, value) => (typeof value === 'function' ? { now: value() } : value)));

describe('settings of one function', () => {
  const shared = {
    port: 8080,
    logLevel: 'info',
    ceOverrides: {},
    sinkToken: {},
    sinkCa: {},
    eventSigningKey: {},
    gracePeriodMs: 30_000,
    inCluster: false,
  };

  it('have the defaults of gitea-source', () => {
    assert.deepEqual(plain(source({})), {
      ...shared,
      giteaSource: { forge: 'gitea', pullRequests: 'wake', secrets: { now: ['s3cret of a webhook'] } },
    });
  });

  it('have the defaults of parse', () => {
    assert.deepEqual(plain(parse({})), {
      ...shared,
      parse: {
        forge: 'gitea',
        url: 'https://gitea.example.com',
        repository: 'mlops/gitops',
        token: {},
        tokenName: 'GITEA_TOKEN',
        ca: {},
        deploymentFiles: ['model-deployments/{environment}/{application}/config.yaml'],
        environments: ['prod'],
        artifactUri: 'oci://{image_repository}/{image_namespace}/{name}:{version}',
        artifactEnvironment: 'prod',
      },
    });
  });

  it('have the defaults of dead-letter, which knows no secret but the signing key', () => {
    assert.deepEqual(plain(readSettings({}, 'dead-letter', noFile)), {
      ...shared,
      deadLetter: { furtherRegistries: [] },
    });
  });

  it('have the defaults of registry-writer', () => {
    assert.deepEqual(plain(writer({})), {
      ...shared,
      registryWriter: {
        registry: 'kubeflow',
        url: 'https://registry.example.com',
        token: {},
        ca: {},
        api: '/api/model_registry/v1alpha3',
        versionTag: 'version',
        floatingVersions: ['latest'],
        eventMaxAge: 3_600_000,
        further: [],
      },
    });
  });

  it('of registry-writer have those of each further registry, with its name appended', () => {
    const env = {
      FURTHER_REGISTRIES: 'new, team-b',
      MODEL_REGISTRY_NEW: 'mlflow',
      MODEL_REGISTRY_URL_NEW: 'https://mlflow.example.com/',
      MODEL_REGISTRY_USER_NEW: 'ada',
      MODEL_REGISTRY_TOKEN_NEW_FILE: '/new/token',
      MODEL_REGISTRY_URL_TEAM_B: 'https://b.example.com',
      MODEL_REGISTRY_CA_FILE_TEAM_B: '/b/ca',
      MODEL_REGISTRY_TOKEN: 'of the first'.replaceAll(' ', '-'),
      FLOATING_VERSIONS: 'main',
    };
    const pem = '-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----';
    const { registryWriter } = writer(env, files({ '/new/token': 'pass\n', '/b/ca': pem }));
    const [mlflow, other] = registryWriter.further;
    assert.deepEqual(plain(mlflow as never), {
      name: 'new',
      registry: 'mlflow',
      url: 'https://mlflow.example.com',
      api: '/api/2.0/mlflow',
      token: { now: 'pass' },
      user: 'ada',
      ca: {},
      versionTag: 'version',
      floatingVersions: ['main'],
      eventMaxAge: 3_600_000,
    });
    assert.deepEqual(
      [other?.name, other?.registry, other?.token(), other?.ca()],
      ['team-b', 'kubeflow', undefined, pem],
    );
    const each = eachRegistry({ registryWriter }).map((one) => one.registryWriter);
    assert.deepEqual(
      each.map(({ name, url, further }) => [name, url, further.length]),
      [
        [undefined, 'https://registry.example.com', 0],
        ['new', 'https://mlflow.example.com', 0],
        ['team-b', 'https://b.example.com', 0],
      ],
    );
  });

  it('of a further registry are checked as those of the first, and named in full', () => {
    const env = {
      FURTHER_REGISTRIES: 'new,old',
      MODEL_REGISTRY_URL_NEW: 'http://mlflow.example.com',
      MODEL_REGISTRY_TOKEN_NEW: 'x',
      MODEL_REGISTRY_API_NEW: '/api/2.0/mlflow',
    };
    assert.deepEqual(
      errorsOf(() => writer(env)),
      [
        '- MODEL_REGISTRY_API_NEW: expected the path of the API of kubeflow, such as /api/model_registry/v1alpha3; came /api/2.0/mlflow',
        '- MODEL_REGISTRY_URL_NEW: expected https://, because MODEL_REGISTRY_TOKEN goes there (or ALLOW_HTTP=true); came http://mlflow.example.com',
        '- MODEL_REGISTRY_URL_OLD: expected a URL that begins with http:// or https://; it is not set',
      ],
    );
  });

  it('have names of registries that are no part of another setting', () => {
    const own = Object.entries<Row>({
      ...registryTable,
      MODEL_REGISTRY_UI_URL: settings.MODEL_REGISTRY_UI_URL,
    }).flatMap(([name, row]) => (row.secret ? [name, `${name}_FILE`] : [name]));
    const endings = own.flatMap((name) =>
      own.filter((other) => other.startsWith(`${name}_`)).map((other) => other.slice(name.length + 1)),
    );
    const names = [...new Set(endings)].map((ending) => ending.toLowerCase().replaceAll('_', '-'));
    assert.ok(names.includes('url') && names.includes('token-file'));
    for (const name of [
      ...names.filter((one) => one.length <= 12),
      'wake',
      'x-file',
      'url-x',
      'New',
      '1',
      'a.b',
      'a'.repeat(13),
    ])
      assert.match(
        errorsOf(() => readSettings({ FURTHER_REGISTRIES: name }, 'dead-letter', noFile))[0]!,
        /^- FURTHER_REGISTRIES: expected names of a-z/,
        name,
      );
  });

  it('of registry-writer take a token as the password of a user, which then has to be given', () => {
    assert.equal(writer({ MODEL_REGISTRY_USER: 'ada', MODEL_REGISTRY_TOKEN: 't' }).registryWriter.user, 'ada');
    const mounted = files({ '/var/run/secrets/kubernetes.io/serviceaccount/token': 'mounted' });
    assert.deepEqual(
      errorsOf(() => writer({ MODEL_REGISTRY_USER: 'ada' }, mounted)),
      [
        '- MODEL_REGISTRY_TOKEN: expected the password of MODEL_REGISTRY_USER, here or in the file that MODEL_REGISTRY_TOKEN_FILE names; it is not set',
      ],
    );
  });

  it('of registry-writer refuse the path of the API of another kind of registry', () => {
    assert.deepEqual(
      errorsOf(() => writer({ MODEL_REGISTRY_API: '/api/2.0/mlflow' })),
      [
        '- MODEL_REGISTRY_API: expected the path of the API of kubeflow, such as /api/model_registry/v1alpha3; came /api/2.0/mlflow',
      ],
    );
  });

  it('have the defaults of commit-status', () => {
    assert.deepEqual(plain(status({})), {
      ...shared,
      commitStatus: {
        forge: 'gitea',
        url: 'https://gitea.example.com',
        repository: 'mlops/gitops',
        token: { now: 't0ken' },
        tokenName: 'GITEA_STATUS_TOKEN',
        ca: {},
        environments: ['prod'],
        furtherRegistries: [],
      },
    });
    const further = { FURTHER_REGISTRIES: 'new,old', MODEL_REGISTRY_UI_URL_NEW: 'https://mlflow.example.com' };
    assert.deepEqual(plain(status(further)).commitStatus.furtherRegistries, [
      { name: 'new', uiUrl: 'https://mlflow.example.com' },
      { name: 'old' },
    ]);
  });

  it('of commit-status need a token of its own, by value or by file, and nothing of parse', () => {
    assert.deepEqual(
      errorsOf(() => status({ GITEA_STATUS_TOKEN: '', GITEA_TOKEN: 'other' })),
      ['- GITEA_STATUS_TOKEN: expected a value, here or in the file that GITEA_STATUS_TOKEN_FILE names; it is not set'],
    );
    const fromFile = status({ GITEA_STATUS_TOKEN: '', GITEA_STATUS_TOKEN_FILE: '/t' }, () => 'abc\n');
    assert.equal(fromFile.commitStatus.token(), 'abc');
    assert.equal('parse' in fromFile, false);
    assert.equal(
      errorsOf(() => status({ MODEL_REGISTRY_UI_URL: 'javascript:alert(1)' }))[0],
      '- MODEL_REGISTRY_UI_URL: expected a URL that begins with http:// or https://; came "javascript:alert(1)"',
    );
    assert.equal(errorsOf(() => status({ GITEA_URL: 'http://gitea.example.com' })).length, 1);
  });

  it('have the defaults of rollout-observer', () => {
    assert.deepEqual(plain(observer({})), {
      ...shared,
      rolloutObserver: {
        namespaces: { test: 'user1-test', prod: 'user1-prod' },
        workload: { name: '{name}' },
        servedUri: 'oci://{image_repository}/{image_namespace}/{name}:{version}',
        comparesUri: true,
        cluster: 'https://kubernetes.default.svc',
        url: 'https://kubernetes.default.svc',
        token: {},
        ca: {},
      },
    });
  });

  it('of rollout-observer say where to read, as whom, and how an address is made', () => {
    const { rolloutObserver } = observer(
      {
        ARTIFACT_URI: 'oci://x/{name}:{version}',
        SERVED_URI: 's3://x/{name}/{version}',
        CLUSTER_NAME: 'east',
        KUBERNETES_URL: 'https://api.example.com:6443/',
        KUBERNETES_TOKEN_FILE: '/token',
      },
      files({ '/token': 't0ken\n' }),
    );
    const { servedUri, comparesUri, cluster, url } = rolloutObserver;
    assert.deepEqual(
      { servedUri, comparesUri, cluster, url },
      {
        servedUri: 's3://x/{name}/{version}',
        comparesUri: false,
        cluster: 'east',
        url: 'https://api.example.com:6443',
      },
    );
    assert.equal(rolloutObserver.token(), 't0ken');
    const own = { ARTIFACT_URI: 'oci://x/{name}:{version}', KUBERNETES_URL: 'https://api.example.com' };
    assert.equal(observer(own).rolloutObserver.servedUri, own.ARTIFACT_URI);
    assert.equal(observer(own).rolloutObserver.cluster, own.KUBERNETES_URL);
    const deployment = { SERVING_WORKLOAD: 'deployment/{application}-x/server' };
    assert.deepEqual(observer(deployment).rolloutObserver.workload, { name: '{application}-x', container: 'server' });
    assert.equal(observer(deployment).rolloutObserver.servedUri, '{image}:{version}');
    assert.equal(observer(deployment).rolloutObserver.comparesUri, false);
    const mounted = files({ '/var/run/secrets/kubernetes.io/serviceaccount/token': 'mounted' });
    assert.equal(observer({}, mounted).rolloutObserver.token(), 'mounted');
    assert.equal(
      observer({ KUBERNETES_URL: 'http://elsewhere.example.com' }, mounted).rolloutObserver.token(),
      undefined,
    );
    assert.deepEqual(
      errorsOf(() => observer({ KUBERNETES_URL: 'http://elsewhere.example.com', KUBERNETES_TOKEN: 'x' })),
      [
        '- KUBERNETES_URL: expected https://, because KUBERNETES_TOKEN goes there (or ALLOW_HTTP=true); came http://elsewhere.example.com',
      ],
    );
    assert.throws(() => readSettings({}, 'rollout-observer', noFile), /SERVING_NAMESPACES: expected a value/);
  });

  it('are frozen, down to the lists', () => {
    const settings = parse({});
    assert.throws(() => Object.assign(settings, { port: 1 }), TypeError);
    assert.throws(() => Object.assign(settings.parse, { url: '' }), TypeError);
    assert.throws(() => settings.parse.deploymentFiles.push('x'), TypeError);
  });

  it('ignore what belongs to another function', () => {
    assert.doesNotThrow(() => source({ GITEA_URL: 'nonsense', MODEL_REGISTRY_URL: 'nonsense', ENVIRONMENTS: ',' }));
  });

  it('refuse an ARTIFACT_ENVIRONMENT that is not watched', () => {
    assert.deepEqual(
      errorsOf(() => parse({ ENVIRONMENTS: 'test,prod', ARTIFACT_ENVIRONMENT: 'stage' })),
      ['- ARTIFACT_ENVIRONMENT: expected one of ENVIRONMENTS (test, prod); came stage'],
    );
    assert.doesNotThrow(() => parse({ ENVIRONMENTS: '*', ARTIFACT_ENVIRONMENT: 'stage' }));
  });

  it('are all reported when several are wrong', () => {
    const lines = errorsOf(() => readSettings({ PORT: 'x', GITEA_URL: 'x' }, 'parse', noFile));
    assert.deepEqual(
      lines.map((line) => line.slice(2, line.indexOf(':'))),
      ['PORT', 'GITEA_URL', 'GITEA_REPOSITORY'],
    );
  });

  it('are cut off in the message when they are long', () => {
    assert.ok(errorsOf(() => source({ PORT: 'x'.repeat(5_000) }))[0]!.length < 250);
  });
});

describe('settings of all functions in one process', () => {
  it('are read when no function is named', () => {
    const settings = readAllSettings(all, noFile);
    assert.ok(settings.giteaSource && settings.parse && settings.registryWriter);
  });

  it('have commit statuses only with a token for them', () => {
    const { GITEA_STATUS_TOKEN: _, ...without } = all;
    assert.equal(readAllSettings(without, noFile).commitStatus, undefined);
    assert.equal(readAllSettings(all, noFile).commitStatus?.token(), 't0ken');
  });

  it('observe what serves only where namespaces are named', () => {
    const { SERVING_NAMESPACES: _, ...without } = all;
    assert.equal(readAllSettings(without, noFile).rolloutObserver, undefined);
    assert.deepEqual(readAllSettings(all, noFile).rolloutObserver?.namespaces.prod, 'user1-prod');
  });

  it('report everything that is missing', () => {
    assert.deepEqual(
      errorsOf(() => readAllSettings({}, noFile)).map((line) => line.split(':')[0]),
      ['- GITEA_WEBHOOK_SECRET', '- GITEA_URL', '- GITEA_REPOSITORY', '- MODEL_REGISTRY_URL'],
    );
  });

  it('need two different ports, or a key by which an event on the one port can be told from a stranger', () => {
    const onePort = { ...all, PORT: '9000', EVENTS_PORT: '9000' };
    assert.deepEqual(
      errorsOf(() => readAllSettings(onePort, noFile)),
      ['- EVENTS_PORT: expected another port than PORT, or EVENT_SIGNING_KEY, because strangers reach PORT; came 9000'],
    );
    assert.equal(readAllSettings({ ...onePort, EVENT_SIGNING_KEY: 'a-key-of-some-length' }, noFile).eventsPort, 9000);
    assert.equal(readAllSettings({ ...all, PORT: '0', EVENTS_PORT: '0' }, noFile).eventsPort, 0);
  });
});

describe('settings of several registries', () => {
  const two = { ...all, FURTHER_REGISTRIES: 'new', MODEL_REGISTRY_URL_NEW: 'https://mlflow.example.com' };

  it('in one process are those of all of them, unless a broker sends the events', () => {
    assert.equal(readAllSettings(two, noFile).registryWriter.further[0]?.name, 'new');
    assert.match(
      errorsOf(() => readAllSettings({ ...two, K_SINK: 'http://broker.example.com' }, noFile))[0]!,
      /^- FURTHER_REGISTRIES: expected a registry-writer of its own for each registry where events go to K_SINK/,
    );
  });

  it('are refused by a process of registry-writer, which writes to one', () => {
    const { io } = recordingIo();
    assert.throws(() => create(writer(two), io), /FURTHER_REGISTRIES: expected nothing .*REGISTRY_NAME/);
    const own = writer({ REGISTRY_NAME: 'new', MODEL_REGISTRY_URL: 'https://mlflow.example.com' });
    assert.ok(create(own, io));
    assert.equal(own.registryWriter.name, 'new');
  });
});

describe('tokens over plain HTTP', () => {
  for (const url of [
    'http://localhost:3000',
    'http://127.0.0.1',
    'http://127.8.9.1',
    'http://[::1]',
    'http://registry.ns.svc:8080',
    'http://registry.ns.svc.cluster.local',
    'http://registry.ns.svc.cluster.local.',
    'https://anywhere.example.com',
  ]) {
    it(`may go to ${url}`, () => {
      assert.doesNotThrow(() => parse({ GITEA_URL: url, GITEA_TOKEN: 't' }));
      assert.doesNotThrow(() => writer({ MODEL_REGISTRY_URL: url, MODEL_REGISTRY_TOKEN: 't' }));
    });
  }

  for (const url of [
    'http://gitea.example.com',
    'http://registry',
    'http://registry.ns',
    'http://10.0.0.1',
    'http://evil-svc',
    'http://x.svc.example.com',
    'http://x.svc.cluster.local.example.com',
    'http://127.0.0.1.example.com',
    'http://svc',
    'http://.svc',
  ]) {
    it(`may not go to ${url}`, () => {
      const expected = (name: string) =>
        new RegExp(
          `^- ${name}_URL: expected https://, because ${name}_TOKEN goes there \\(or ALLOW_HTTP=true\\); came `,
        );
      assert.match(errorsOf(() => parse({ GITEA_URL: url, GITEA_TOKEN: 't' }))[0]!, expected('GITEA'));
      assert.match(
        errorsOf(() => writer({ MODEL_REGISTRY_URL: url, MODEL_REGISTRY_TOKEN: 't' }))[0]!,
        expected('MODEL_REGISTRY'),
      );
    });

    it(`may go to ${url} with ALLOW_HTTP=true`, () => {
      assert.doesNotThrow(() => parse({ GITEA_URL: url, GITEA_TOKEN: 't', ALLOW_HTTP: 'true' }));
    });

    it(`are not needed for ${url}`, () => assert.doesNotThrow(() => parse({ GITEA_URL: url })));
  }

  it('may not go there from a file either', () => {
    assert.equal(errorsOf(() => parse({ GITEA_URL: 'http://x', GITEA_TOKEN_FILE: '/t' }, () => 't')).length, 1);
  });
});

describe('the table of settings in docs/settings.md', () => {
  it('has a row for each, with file, default and whom it is for', () => {
    const lines = renderSettingsTable().split('\n');
    assert.equal(
      lines.filter((line) => line.startsWith('| `')).length,
      Object.keys({ ...settings, ...consoleTable }).length,
    );
    assert.ok(lines.every((line) => line === '' || line.split('|').length === 6));
    assert.ok(renderSettingsTable().includes('| `PORT` | `8080` | all | '));
    assert.ok(renderSettingsTable().includes('| `GITEA_TOKEN`, `GITEA_TOKEN_FILE` |  | parse | '));
    assert.ok(renderSettingsTable().includes('| `GITEA_URL` | required | parse, commit-status | '));
  });
});
