// The forges there are, by name. A new one is a folder like gitea/ and a line here; nothing else names the adapter.
import { createGitea } from './gitea/api.ts';

export const forges = {
  gitea: createGitea,
} as const;

export type ForgeName = keyof typeof forges;
