// The two functions that ask a server by a token, the settings each needs for it, and the event that makes it ask.
import { randomUUID } from 'node:crypto';

export const token = 'a-token-that-must-not-leak';

export const callers = {
  parse: {
    settings: (url: string) => ({ GITEA_URL: url, GITEA_REPOSITORY: 'ada/fleet', GITEA_TOKEN: token }),
    caSetting: 'GITEA_CA_FILE',
    type: 'dev.knative.sources.ping',
    data: '{}',
  },
  'registry-writer': {
    settings: (url: string) => ({ MODEL_REGISTRY_URL: url, MODEL_REGISTRY_TOKEN: token }),
    caSetting: 'MODEL_REGISTRY_CA_FILE',
    type: 'dev.mlops.model.withdrawn.v1',
    data: JSON.stringify({
      environment: 'prod',
      model: 'm',
      cause: 'push',
      repository: 'https://git.test/a/b',
      branch: 'main',
      head: 'a'.repeat(40),
      observedAt: '2026-11-02T09:30:00.000Z',
      complete: true,
      serving: [],
    }),
  },
} as const;

export type Caller = keyof typeof callers;

export const callerNames = Object.keys(callers) as Caller[];

/** What the function at this address answers to that event. */
export async function ask(name: Caller, url: string): Promise<{ status: number; text: string }> {
  const { type, data } = callers[name];
  const headers = {
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': randomUUID(),
    'ce-source': '/x',
    'ce-type': type,
  };
  const answer = await fetch(url, { method: 'POST', headers, body: data });
  return { status: answer.status, text: await answer.text() };
}
