// Finds out which webhook of a repository is ours; no other one is tested, corrected, replaced or removed. Ours calls the address
// that was given, else an address at which gitea-source can be seen. Being the only one proves nothing: it may be Argo CD's.
import { httpUrl, Unexpected } from '../config/settings/checks.ts';
import type { Webhook } from '../forges/forge.ts';
import { refusal } from '../host/refusal.ts';
import { sameUrl } from '../io/addresses.ts';
import type { HttpResponse } from '../io/io.ts';
import { printable } from './paint.ts';
import { wrongUse } from './result.ts';
import type { Shell } from './shell.ts';

export const howToFind =
  'In a cluster: kubectl get ksvc,route -l app.kubernetes.io/part-of=post-deployment; with npm run local: http://127.0.0.1:8080/';

/** How long an address is given to answer from here, ms; Gitea itself waits 5 s. */
export const patience = 3_000;

export interface Sorted {
  ours: Webhook[];
  others: Webhook[];
  /** Why it is not known which is ours, as a sentence. */
  unknown?: string;
}

/** The address in --url or WEBHOOK_URL; undefined if neither is set. Throws CommandError if it is no address. */
export function givenUrl(shell: Pick<Shell, 'env'>, option: string | undefined): string | undefined {
  const [name, text] = option === undefined ? ['WEBHOOK_URL', shell.env.WEBHOOK_URL] : ['--url', option];
  if (!text && option === undefined) return undefined;
  const url = httpUrl(text!);
  if (typeof url === 'string') return url;
  throw wrongUse(
    `${name}: expected ${url instanceof Unexpected ? url.expected : 'an address'}; came ${printable(text!)}.`,
    howToFind,
  );
}

/** Ours are the webhooks that call the given address; without one, those that call the only address at which gitea-source is seen. */
export async function sortWebhooks(shell: Shell, list: readonly Webhook[], given: string | undefined): Promise<Sorted> {
  const to = (url: string): Sorted => ({
    ours: list.filter((webhook) => sameUrl(webhook.url, url)),
    others: list.filter((webhook) => !sameUrl(webhook.url, url)),
  });
  if (given !== undefined) return to(given);
  const addresses = list.map(({ url }) => url).filter((url, i, all) => all.findIndex((one) => sameUrl(one, url)) === i);
  let found = addresses.filter(isNamedSo);
  if (found.length === 0) {
    const seen = await Promise.all(addresses.map((url) => answersSo(shell, url)));
    found = addresses.filter((_, i) => seen[i]);
  }
  if (found.length === 1) return to(found[0]!);
  const unknown =
    found.length > 1
      ? `gitea-source is seen at several addresses: ${found.map(printable).join(', ')}`
      : `gitea-source is seen from here at none of the addresses that are called: ${addresses.map(printable).join(', ')}`;
  return { ours: [], others: [...list], unknown };
}

/** The host is named as the chart and func name the Service: `gitea-source`, `<release>-gitea-source`, on OpenShift with the namespace. */
function isNamedSo(url: string): boolean {
  return URL.canParse(url) && /(^|-)gitea-source(-|$)/.test(new URL(url).hostname.split('.')[0]!);
}

async function answersSo(shell: Shell, url: string): Promise<boolean> {
  try {
    return isGiteaSource(await shell.io.api({ method: 'GET', url, timeoutMs: patience }));
  } catch {
    return false;
  }
}

/** True for the answer that gitea-source gives to GET. */
export function isGiteaSource({ status, body }: HttpResponse): boolean {
  return status === 405 && body.toString('utf8') === refusal(405, 'Expected POST.').body;
}
