// The forges there are, by name. A new one is a folder like gitea/ and a line here; nothing else names the adapter.

import { createGiteaStatuses } from './gitea/commit-status.ts';
import { createGitea } from './gitea/index.ts';
import { createGiteaInspector } from './gitea/inspect.ts';
import { createGiteaWebhooks } from './gitea/webhooks.ts';

export const forges = {
  gitea: createGitea,
} as const;

export type ForgeName = keyof typeof forges;

/** Whoever shows something beside a commit there. */
export const commitStatuses = {
  gitea: createGiteaStatuses,
} as const satisfies Record<ForgeName, unknown>;

/** Whoever administers a repository there. */
export const webhooks = {
  gitea: createGiteaWebhooks,
} as const satisfies Record<ForgeName, unknown>;

/** Whoever sets it up. */
export const inspectors = {
  gitea: createGiteaInspector,
} as const satisfies Record<ForgeName, unknown>;
