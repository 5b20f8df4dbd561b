// Values of the chart about the page that shows the installation.
import { address, flag, group, mappings, resources, secretName, text } from './value.ts';

export const consolePage = {
  console: group('The page that shows the installation (`post-deployment console`), which only reads', {
    enabled: flag(
      'Serve the page: by a Knative Service, scaled to zero while nobody looks; behind a login proxy, or in `mode: deployment`, by a Deployment, because whoever reaches Knative would reach past the proxy',
      false,
    ),
    existingSecret: secretName(
      'Secret with credentials of its own that may only read: the keys `gitea-token` (`read:repository`), `registry-token`, for each of `furtherRegistries` `registry-token-<name>`, and, without `console.userHeader`, `token`: what the page asks for, of at least 16 characters; several, separated by commas, while it is being changed',
      'console',
    ),
    registryUser: text(
      'Name with which `registry-token` is sent as its password (HTTP Basic), where `registry.user` or that of a further registry is set. Default: the same name',
      'reader',
      { form: { pattern: '^[^:\\s]+$', expected: 'the name of a user, without spaces and colons' } },
    ),
    userHeader: text(
      'Header in which a login proxy in front of the page names the user; then no token is asked for, and `console.from` says where the proxy is',
      'X-Forwarded-User',
      { form: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", expected: 'the name of a header, as X-Forwarded-User' } },
    ),
    from: mappings(
      'Who may connect to the Deployment, as the `from` of a NetworkPolicy: the login proxy, or the ingress controller. Empty: nobody but `kubectl port-forward`',
      [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'oauth2-proxy' } } }],
    ),
    allowReconcile: flag(
      'Let the page start a reconcile, after a confirmation: it sends the functions a ping, and writes nothing itself. Not in `mode: knative-one`, where a ping has to be signed and the page has no key',
      false,
    ),
    argoCdUrl: address("Address of Argo CD's page, for a link", 'https://argocd.example.com'),
    resources: resources('384Mi'),
  }),
};
