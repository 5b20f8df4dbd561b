// Values of the chart that say what is installed: the mode, names, image and build.
import { address, flag, gitAddress, group, integer, secretName, text, texts } from './value.ts';

export const installation = {
  mode: text(
    '`knative`: functions on Knative, scaled to zero. `knative-one`: all functions in one Knative Service, scaled to zero: one cold start instead of several, and no Eventing; weaker, because events wait in memory only, without a dead letter by a broker, and one Pod has all secrets. `deployment`: all functions in one Pod that runs all the time, for a cluster without Knative; weaker in the same ways',
    'deployment',
    { default: 'knative', oneOf: ['knative', 'knative-one', 'deployment'] },
  ),
  checkApis: flag(
    'Refuse to render if the cluster lacks an API that is needed. `false`: for `helm template` without a cluster',
    true,
  ),
  nameOverride: text(
    'The beginning of the names of all objects, at most 36 characters. Default: the release name',
    'promotions',
    {
      form: {
        pattern: '^[a-z]([a-z0-9-]{0,34}[a-z0-9])?$',
        expected: "at most 36 lower-case letters, digits and '-', a letter first",
      },
    },
  ),
  logLevel: text('The lowest level that the functions log', 'debug', {
    default: 'info',
    oneOf: ['debug', 'info', 'warn', 'error'],
  }),
  allowHttp: flag('Send tokens over plain HTTP to hosts outside the cluster, too', false),
  trustClusterCa: flag(
    "Trust the cluster's own certificate authority (ConfigMap `kube-root-ca.crt`) in addition to the public ones: on OpenShift it signs the Routes' certificates",
    true,
  ),
  image: group('The image of all functions: built in the cluster (OpenShift) unless `image.reference` names one', {
    reference: text(
      'An image that exists already, best by its digest. Empty: the image is built in the cluster',
      `quay.io/example/post-deployment-functions@sha256:${'0'.repeat(64)}`,
      {
        form: {
          pattern: '^[a-z0-9]+(([._-]+|[:/])[A-Za-z0-9_]+)*(@sha256:[a-f0-9]{64})?$',
          expected: 'the reference of an image without https:// or docker://, as quay.io/team/functions:1.2.3',
        },
      },
    ),
    folder: text(
      "The folder of the bundles in `image.reference`. Images built by the project's Containerfile have them in `/app`, images built by `func` in `dist`",
      'dist',
      { default: '/app', form: { pattern: '^[A-Za-z0-9._/-]+$', expected: 'a folder, as /app' } },
    ),
    command: texts(
      'The command that runs a script in `image.reference`. For images of Buildpacks: `[/cnb/lifecycle/launcher, node]`',
      ['/cnb/lifecycle/launcher', 'node'],
      ['node'],
    ),
    pullSecret: secretName("Secret with the credentials for the image's registry", 'quay-pull'),
  }),
  build: group('The build in the cluster', {
    gitUrl: gitAddress(
      'Repository of these functions. Default: `repo_url`, else `post-deployment-functions` of `USER_NAME` in the Gitea of the workshop',
      'https://git.example.com/team/post-deployment-functions.git',
    ),
    gitRef: text(
      "Branch, tag or commit to build. Default: `target_revision`, else the repository's default branch. With a tag or a commit every build has the same sources",
      'v0.1.0',
    ),
    existingSecret: secretName(
      'Secret (`kubernetes.io/basic-auth` or `ssh-auth`) with which that repository is read. Empty: the repository is public',
      'source-access',
    ),
    builder: text('Source-to-image builder with Node 22', 'registry.access.redhat.com/ubi9/nodejs-22:9.6', {
      default: 'registry.access.redhat.com/ubi9/nodejs-22:latest',
    }),
    npmMirror: address(
      'Address of the npm registry to install from. Empty: the public one',
      'https://npm.example.com/',
    ),
    run: integer('Change this number to build again, from the current commit of the branch', 2, {
      default: 1,
      least: 1,
      most: 1_000_000,
    }),
  }),
};
