// Every forge there is. A new one is a folder like gitea/ and a line here.
import { createGitea } from './gitea/api.ts';

export const forges = { gitea: createGitea } as const;
