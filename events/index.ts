// All events of the system: one line per type. A new type is added here, with a schema and a sample beside it.
import * as deliveryLost from './delivery-lost.ts';
import * as deploymentWarned from './deployment-warned.ts';
import * as environmentObserved from './environment-observed.ts';
import * as giteaPullRequest from './gitea-pull-request.ts';
import * as giteaWebhook from './gitea-webhook.ts';
import * as modelPromoted from './model-promoted.ts';
import * as modelWithdrawn from './model-withdrawn.ts';
import * as ping from './ping.ts';
import * as registryDrifted from './registry-drifted.ts';
import * as registryUpdated from './registry-updated.ts';
import * as servingObserved from './serving-observed.ts';

export {
  deliveryLost,
  deploymentWarned,
  environmentObserved,
  giteaPullRequest,
  giteaWebhook,
  modelPromoted,
  modelWithdrawn,
  ping,
  registryDrifted,
  registryUpdated,
  servingObserved,
};

export const events = [
  giteaWebhook,
  giteaPullRequest,
  ping,
  modelPromoted,
  modelWithdrawn,
  environmentObserved,
  registryDrifted,
  registryUpdated,
  servingObserved,
  deploymentWarned,
  deliveryLost,
] as const;

export type EventType = (typeof events)[number]['type'];
