// Knative function: webhooks of Gitea, Forgejo and Gogs → events. The only one that knows the webhook's secret.
import { type Create, functionModule } from '../function.ts';
import { createGiteaSource } from './function.ts';

export const create: Create<'gitea-source'> = createGiteaSource;

export const { init, handle, shutdown, liveness, readiness } = functionModule('gitea-source', create);
