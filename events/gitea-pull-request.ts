// dev.knative.source.gitea.pull_request: a pull request was opened, changed, closed or merged. A webhook, as gitea-webhook.ts says;
// the payload of one that was merged is read by forges/gitea/merge.ts.
import { prefix } from './gitea-webhook.ts';

export { read, schema } from './gitea-webhook.ts';

export const type = `${prefix}pull_request`;
