// The keys of the workshop's file. They only give other values a default; where such a value is set itself, that counts.
import { gitAddress, host, text } from './value.ts';

export const workshop = {
  USER_NAME: text(
    "The workshop's user. Default of `gitea.repository`: `<USER_NAME>/mlops-gitops`; with `cluster_domain`, of `registry.url`: `https://<USER_NAME>-prod-registry-rest.<cluster_domain>`",
    'user7',
    { form: { pattern: '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$', expected: 'the name of a user, as user1' } },
  ),
  cluster_domain: host(
    "The cluster's domain for applications, without `https://`. Default of `gitea.url`: `https://gitea-gitea.<cluster_domain>`",
    'apps.example.org',
  ),
  chart_path: text("Read by the workshop's ApplicationSet, not by the chart", 'config/chart'),
  repo_url: gitAddress(
    "Read by the workshop's ApplicationSet: the repository of this chart. Also the default of `build.gitUrl`",
    'https://gitea.example.com/user1/post-deployment-functions',
  ),
  target_revision: text(
    "Read by the workshop's ApplicationSet: branch, tag or commit of this chart. Also the default of `build.gitRef`",
    'v0.1.0',
  ),
};
