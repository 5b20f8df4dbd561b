// The API server of Kubernetes, read only: lists, and watches from where a list ended. Which objects mean what is for others to say.
// https://kubernetes.io/docs/reference/using-api/api-concepts/
import { limits } from '../config/limits.ts';
import { TryAgainError } from '../events/errors.ts';
import { type Answer, type Api, type Call, cameIn, createApi, jsonOf } from '../io/api-client.ts';
import { callsTo } from '../io/calls.ts';
import type { Io } from '../io/io.ts';
import { quoted } from '../io/what-came.ts';
import { array, type Json, object, text } from '../promotions/rollout/workload.ts';

/** What is read, with its place in the API. */
const places = {
  inferenceservices: 'apis/serving.kserve.io/v1beta1',
  deployments: 'apis/apps/v1',
  replicasets: 'apis/apps/v1',
  pods: 'api/v1',
  applications: 'apis/argoproj.io/v1alpha1',
} as const;
export type Kind = keyof typeof places;

/** Objects of one kind in one namespace; without selectors all of them. */
export interface Objects {
  kind: Kind;
  namespace: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface ClusterOptions {
  /** Of the API server. */
  url: string;
  /** Read before every call, because service-account tokens rotate. */
  token: () => string | undefined;
  /** PEM certificates; undefined for the system's. Read before every call. */
  ca: () => string | undefined;
}

export interface Listed {
  items: Json[];
  /** Of the collection. */
  resourceVersion: string;
}

export interface Kubernetes {
  /** Without credentials, for people. */
  readonly url: string;
  /** All objects, and the version of the collection, from which a watch goes on. Throws TryAgainError. */
  list(objects: Objects): Promise<Listed>;
  /**
   * Calls `changed` with each object that is added, changed or removed after that version, until the server ends the watch (in the
   * order of 10 minutes) or `signal` aborts. Resolves to the version to go on from; undefined: it is too old, so list again.
   * Throws TryAgainError, with the latest version in `resumeFrom`. `seconds`: after which the server is to end it.
   */
  watch(
    objects: Objects,
    resourceVersion: string,
    changed: (object: Json) => void,
    signal: AbortSignal,
    seconds?: number,
  ): Promise<string | undefined>;
  /** Undefined: the token does not suffice to ask. Throws TryAgainError where the server cannot be asked anything. */
  hasNamespace(namespace: string): Promise<boolean | undefined>;
  /** ms to add to our clock to agree with the API server's. */
  clockOffset(): number;
}

/** A watch that broke off: nothing is lost when it goes on from there. */
export class WatchBroken extends TryAgainError {
  readonly resumeFrom: string;
  constructor(message: string, resumeFrom: string, cause?: unknown) {
    super(message, { cause });
    this.resumeFrom = resumeFrom;
  }
}

/** Objects of one answer: with their managed fields they have some 10 kB each. */
const pageSize = 250;

/** Lists that begin anew because the API server forgot the version that their pages belong to. */
const maxBeginnings = 3;

export function openKubernetes(options: ClusterOptions, io: Io): Kubernetes {
  const { sink: counted } = callsTo('kubernetes', io);
  const api = createApi(
    {
      ...options,
      api: '',
      tokenName: 'KUBERNETES_TOKEN',
      scheme: 'Bearer',
      timeoutMs: limits.kubernetesCall,
      name: (method, route) => `Kubernetes: ${method} ${route}`,
    },
    // No proxy: the API server is in the cluster, like the broker. A watch that we end is no failed call, so watches are not counted.
    (request) => (request.onLine ? io.sink : counted)(request),
    io,
  );

  async function page(objects: Objects, from: string): Promise<{ list: Json; items: Json[] } | 'expired'> {
    const call = callOf(objects, { limit: pageSize, ...(from !== '' && { continue: from }) });
    const answer = await api.send(call);
    if (answer.status === 410) return 'expired';
    if (answer.status !== 200) throw refused(api, call, answer);
    const list = object(jsonOf(answer));
    if (!Array.isArray(list.items) || resourceVersionOf(list) === undefined)
      throw api.error(call, `status 200, but no list of objects: ${cameIn(api, call, answer) ?? 'another JSON'}`);
    return { list, items: array(list.items).map(trimmed) };
  }

  return {
    url: api.url,
    async list(objects) {
      for (let beginnings = 0; beginnings < maxBeginnings; beginnings++) {
        const items: Json[] = [];
        let from = '';
        do {
          const read = await page(objects, from);
          if (read === 'expired') break;
          items.push(...read.items);
          from = text(object(read.list.metadata).continue) ?? '';
          // All pages are of the same version of the collection.
          if (from === '') return { items, resourceVersion: resourceVersionOf(read.list)! };
        } while (from !== '');
      }
      throw api.error(callOf(objects, {}), 'the list expired before its last page was read, several times');
    },
    async watch(objects, resourceVersion, changed, signal, seconds = limits.kubernetesWatch / 1_000) {
      const watched: Watched = { latest: resourceVersion };
      const onLine = (line: string) => takeEvent(watched, object(jsonOf({ body: Buffer.from(line) })), changed);
      const call: Call = {
        ...callOf(objects, {
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion,
          timeoutSeconds: seconds,
        }),
        lines: { onLine, signal, timeoutMs: seconds * 1_000 + limits.kubernetesCall },
      };
      let answer: Answer;
      try {
        answer = await api.send(call);
      } catch (cause) {
        throw new WatchBroken((cause as Error).message, watched.latest, cause);
      }
      if (answer.status === 410 || watched.isGone) return undefined;
      if (answer.status !== 200) throw refused(api, call, answer);
      if (watched.broken !== undefined) throw new WatchBroken(api.error(call, watched.broken).message, watched.latest);
      return watched.latest;
    },
    async hasNamespace(namespace) {
      const call: Call = { route: '/api/v1/namespaces/{namespace}', path: { namespace } };
      const answer = await api.send(call);
      if (answer.status === 403) return undefined;
      if (answer.status === 200) return true;
      // What stands in front of a server answers 404, too, and no Status.
      if (answer.status === 404 && object(jsonOf(answer)).kind === 'Status') return false;
      throw refused(api, call, answer);
    },
    clockOffset: api.clock.offset,
  };
}

function callOf(objects: Objects, query: Record<string, string | number | boolean>): Call {
  const { kind, namespace, labelSelector, fieldSelector } = objects;
  return {
    route: `/${places[kind]}/namespaces/{namespace}/${kind}`,
    path: { namespace },
    query: { ...query, ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) },
  };
}

function refused(api: Api, call: Call, answer: Answer): TryAgainError {
  const { status } = answer;
  const said = text(object(jsonOf(answer)).message);
  const came = said === undefined ? cameIn(api, call, answer) : `"${quoted(said, [answer.token])}"`;
  return api.error(call, [`status ${status}`, came, hint(status)].filter(Boolean).join(', '));
}

/** How far a watch has come. */
interface Watched {
  /** Version of the collection. */
  latest: string;
  /** That version is too old. */
  isGone?: true;
  /** Why it ended. */
  broken?: string;
}

function takeEvent(watched: Watched, event: Json, changed: (object: Json) => void): void {
  const about = object(event.object);
  if (event.type === 'ERROR') {
    if (about.code === 410) watched.isGone = true;
    else watched.broken = `the watch ended: "${quoted(text(about.message) ?? 'no reason given', [])}"`;
    return;
  }
  const version = resourceVersionOf(about);
  if (version === undefined) watched.broken = 'the watch sent what is no event';
  else watched.latest = version;
  if (version !== undefined && event.type !== 'BOOKMARK') changed(about);
}

function resourceVersionOf(one: Json): string | undefined {
  return text(object(one.metadata).resourceVersion);
}

/** Without what nobody here reads and what is the larger half of an object. */
function trimmed(one: Json): Json {
  const { managedFields: _, ...metadata } = object(one.metadata);
  return { ...one, metadata };
}

function hint(status: number): string | undefined {
  if (status === 401) return 'look at KUBERNETES_TOKEN, or at the service account whose token is mounted';
  if (status === 403) return 'look at the Role and RoleBinding in that namespace: list and watch are needed';
  if (status === 404) return 'the cluster does not have this kind of object: is what defines it installed?';
  return undefined;
}
