// What an answer or an event promises must be so at that moment: a 2xx of registry-writer says that it is done, and a
// repeated event is the same event.
import { limits } from '../../config/limits.ts';
import type { BrokerEvent } from '../../stand-ins/broker/event.ts';
import { ancestors } from '../../stand-ins/gitea/git/history.ts';
import type { Told } from './cluster.ts';
import type { Coverage } from './coverage.ts';
import type { Git, GitRepository } from './git.ts';
import { environments } from './history.ts';
import type { Answer, Request } from './network.ts';
import { type Truth, truthAt } from './oracle.ts';
import { aliased, holds, isCalled, nameOf, type Registry, type Row, textIn, versionsOf } from './registry.ts';
import { Divergence, type Watch } from './watch.ts';

/** ms: longer than any answer of the registry is on its way, with what the server itself takes. */
const onTheWay = 150;

/** ms: longer than one answer of the registry is on its way. */
const oneWay = 60;

/** ms: longer than the writer can have been at work on an event. */
const aWhile = limits.registryWriter + limits.registryCall;

const floating = 'latest';

interface Updated {
  outcome: string;
  changes: { on: string }[];
}

interface Observation {
  environment: string;
  model: string;
  observedAt: string;
  serving: { version?: string }[];
}

interface Promotion {
  environment: string;
  model: string;
  cause: string;
  repository: string;
  repositoryId?: string;
  head: string;
  observedAt: string;
  complete: boolean;
  serving: { version: string }[];
}

/**
 * `slow`: answers of the registry may be on their way for seconds.
 * Throws Divergence when the writer says done, or that there is nothing to do, and the registry does not say what the event says.
 */
export function checkDone(
  request: Request,
  answer: Answer,
  git: Git,
  registry: Registry,
  watch: Watch,
  coverage: Coverage,
  slow: boolean,
): void {
  if (answer.status !== 200 || answer.headers['ce-type'] !== 'dev.mlops.registry.updated.v1') return;
  const { outcome, changes } = JSON.parse(answer.body.toString('utf8')) as Updated;
  const event = JSON.parse(request.body.toString('utf8')) as Promotion;
  const { environment, model: name, complete, serving } = event;
  const model = registry.store.rows('RegisteredModel').find((row) => row.name === name);
  // After a version was written the holders are looked at once more.
  const lookedAgain = changes.some(({ on }) => on !== 'model');
  // The alias is one more call after that.
  const isAliasLast = changes.at(-1)?.on === 'alias';
  const usual = isAliasLast ? 2 * onTheWay : lookedAgain ? oneWay : onTheWay;
  const age = outcome === 'ignored' || slow ? aWhile : usual;
  if (model === undefined || watch.quietFor(model.id) < age) return;
  const versions = versionsOf(registry.store, model);
  // Names are not read again.
  if (versions.some(({ formerNames = [] }) => formerNames.length > 0) && watch.quietFor(model.id) < aWhile) return;
  const held = versions.filter((row) => holds(row, environment));
  if (outcome === 'ignored' && mayIgnore(event, git, model, held.length > 0)) return;
  coverage.count('answers of done, checked');
  const said = `registry-writer answered ${outcome} to ${environment} on ${name}`;
  const wanted = serving.map(({ version }) => version);
  const registered = versions.filter((row) => wanted.some((name) => isCalled(row, name)));
  const missing = registered.filter((row) => !held.includes(row));
  const all = wanted.every((name) => name === floating || registered.some((row) => isCalled(row, name)));
  const surplus = complete && all ? held.filter((row) => !registered.includes(row)) : [];
  if (missing.length + surplus.length > 0)
    throw new Divergence(`${said} = ${wanted.join(', ')}; holders are ${held.map(nameOf).join(', ')}`);
  // It is not looked at again once it is written.
  if (watch.quietFor(model.id) < aWhile) return;
  if (complete && all && registry.store.hasAliases) {
    const has = aliased(registry.store, model, environment);
    if (has?.id !== (registered.length > 1 ? undefined : registered[0]?.id))
      throw new Divergence(`${said} = ${wanted.join(', ')}; its alias is on ${has ? nameOf(has) : 'none'}`);
  }
  const mark = markOf(model, environment);
  if (event.cause === 'push' && mark.head !== event.head && !(mark.time > Date.parse(event.observedAt)))
    throw new Divergence(`${said} at ${event.head}, read at ${event.observedAt}; the mark still says ${mark.head}`);
}

/** The same of what was observed in the cluster: the registry says that this serves, and nothing else. */
export function checkShown(
  request: Request,
  answer: Answer,
  registry: Registry,
  told: readonly Told[],
  watch: Watch,
  coverage: Coverage,
  slow: boolean,
): void {
  if (answer.status !== 200) return;
  const { outcome } = JSON.parse(answer.body.toString('utf8')) as Updated;
  const event = JSON.parse(request.body.toString('utf8')) as Observation;
  const { environment, model: name, serving, observedAt } = event;
  const model = registry.store.rows('RegisteredModel').find((row) => row.name === name);
  if (model === undefined || watch.quietFor(model.id) < (slow ? aWhile : onTheWay)) return;
  const said = `registry-writer answered ${outcome} to what serves as ${environment} ${name}`;
  if (outcome === 'ignored') {
    const isLater = (one: Told) =>
      one.environment === environment && one.model === name && one.at > Date.parse(observedAt);
    if (!told.some(isLater)) throw new Divergence(`${said} at ${observedAt}, and nothing later was seen`);
    return;
  }
  const rows = versionsOf(registry.store, model);
  const wanted = rows.filter((row) => serving.some(({ version = '' }) => isCalled(row, version))).map(nameOf);
  const shown = rows.filter((row) => holds(row, `${environment}.serving`)).map(nameOf);
  if (wanted.join() !== shown.join())
    throw new Divergence(`${said} (${wanted.join(', ')} at ${observedAt}); the registry shows ${shown.join(', ')}`);
  coverage.count('answers about what serves, checked');
}

/** The registry knows something newer, or the model is another repository's. */
function mayIgnore(event: Promotion, git: Git, model: Row, held: boolean) {
  const { environment, repository, observedAt, cause, serving } = event;
  const mark = markOf(model, environment);
  if (mark.repository === undefined) return held && serving.length === 0 && cause === 'reconcile';
  const owner = git.ownerOf(mark.repository);
  return owner === undefined || owner !== git.ownerOf(repository) || mark.time > Date.parse(observedAt);
}

function markOf(model: Row, environment: string): { repository?: string; head?: string; time: number } {
  const [repository, head, time] = ['repository', 'head', 'observedAt'].map((key) =>
    textIn(model, `${environment}.${key}`),
  );
  return { repository, head, time: Date.parse(time ?? '') };
}

/** A repetition for the same head has the same id, or nobody could tell that it is one. */
export function createRepetitions(): (event: BrokerEvent) => void {
  const ids = new Map<string, string>();
  return ({ attributes, data, passed }) => {
    const { id = '', type = '', subject } = attributes;
    if (!/^dev\.mlops\.model\.(promoted|withdrawn)\.v1$/.test(type)) return;
    const { cause, head } = JSON.parse(data.toString('utf8')) as Promotion;
    if (cause !== 'push') return;
    // One trace is one delivery of a webhook, however often the broker repeats it.
    const trace = (attributes.traceparent ?? passed.traceparent ?? '').slice(3, 35);
    const key = [trace, type, subject, head].join(' ');
    const before = ids.get(key) ?? id;
    ids.set(key, before);
    if (before !== id) throw new Divergence(`the same ${type} of ${subject} came as ${before} and as ${id}`);
  };
}

export interface Readings {
  /** Takes notice of an event that the broker says it has. */
  note(event: BrokerEvent): void;
  /** Throws Divergence when the parse of a repository says done and has not told all there was to tell. */
  check(repository: GitRepository, request: Request, answer: Answer, since: number): void;
}

interface Handed {
  at: number;
  head: string;
  repository: string;
  /** Environment and model. */
  subject: string;
}

/**
 * A 2xx of parse says that every model that changed was handed on, and that the branch was still there after that.
 * `impostor`: somebody who is not the broker may have taken an event in its place, so it cannot be told who was told.
 */
export function createReadings(git: Git, now: () => number, coverage: Coverage, impostor: boolean): Readings {
  const handed = new Map<string, Handed[]>();
  /** Traces of the push and the pull request that tell of one merge, by its commit: one of them is enough. */
  const moved = new Map<string, Set<string>>();
  const traceOf = (value = '') => value.slice(3, 35);
  return {
    note({ attributes, data, passed }) {
      const after = moveIn(attributes.type ?? '', data);
      if (after !== undefined) {
        const traces = moved.get(after) ?? new Set();
        moved.set(after, traces.add(traceOf(attributes.traceparent ?? passed.traceparent)));
      }
      if (!/^dev\.mlops\.(model|environment)\./.test(attributes.type ?? '')) return;
      const { head, repository } = JSON.parse(data.toString('utf8')) as { head: string; repository: string };
      const trace = traceOf(attributes.traceparent ?? passed.traceparent);
      const { subject = '' } = attributes;
      handed.set(trace, [...(handed.get(trace) ?? []), { at: now(), head, repository, subject }]);
    },
    check(repository, request, { status }, since) {
      const last = repository.moves.at(-1);
      if (status > 299 || last === undefined) return;
      const trace = traceOf(request.headers['ce-traceparent'] ?? request.headers.traceparent);
      // What comes without one begins one of its own, which cannot be followed.
      if (trace === '') return;
      const mine = (handed.get(trace) ?? []).filter((one) => one.at >= since && repository.urls.has(one.repository));
      if (mine.length > 0) checkLooked(repository, mine, since);
      // Moved meanwhile, it is not known from outside which head was read.
      if (last.at >= since || impostor) return;
      const others = [...(moved.get(moveIn(request.headers['ce-type'] ?? '', request.body) ?? '') ?? [])];
      const theirs = others.flatMap((other) => handed.get(other) ?? []);
      checkTold(
        repository,
        request,
        [...mine, ...theirs.filter((one) => repository.urls.has(one.repository))],
        last.after,
      );
    },
  };

  function checkLooked({ moves, told }: GitRepository, mine: readonly Handed[], since: number): void {
    const last = moves.at(-1)!;
    if (now() - last.at < onTheWay) return;
    coverage.count('answers of parse, checked');
    if (mine.some(({ head }) => head === last.after)) return;
    // Its head may have had nothing to tell of.
    if ((told.get(last.after) ?? 0) >= since) return;
    const { at, head } = mine.at(-1)!;
    // The answer may have taken its time.
    if ((told.get(head) ?? 0) > at) return;
    throw new Divergence(`parse answered 2xx; it had told of ${head}, and the head was ${last.after} by then`);
  }

  /** The branch has been at `head` all the time. */
  function checkTold(repository: GitRepository, request: Request, mine: readonly Handed[], head: string): void {
    const due = dueTo(request, repository, head);
    if (due.length === 0) return;
    coverage.count('answers of parse, every model looked for');
    const missing = due.filter((subject) => !mine.some((one) => one.head === head && one.subject === subject));
    if (missing.length > 0)
      throw new Divergence(`parse answered 2xx; of ${missing.join(', ')} at ${head} it told nobody`);
  }

  /** What must be told: models whose versions or applications a push changed, or that a drift names. */
  function dueTo({ headers, body }: Request, repository: GitRepository, head: string): string[] {
    if (headers['ce-type'] === 'dev.mlops.registry.drifted.v1') {
      const drift = JSON.parse(body.toString('utf8')) as Promotion & { models: { model: string }[] };
      // Under a former name it is known by its id alone, which a forger's drift has not.
      if (drift.repository !== repository.url && !(drift.repositoryId && repository.urls.has(drift.repository)))
        return [];
      return drift.models.map(({ model }) => subjectOf(drift.environment, model));
    }
    if (headers['ce-type'] !== 'dev.knative.source.gitea.push') return [];
    const push = JSON.parse(body.toString('utf8')) as Push;
    const { before, after, ref } = push;
    if (!repository.urls.has(push.repository.html_url) || ref !== 'refs/heads/main') return [];
    if (/^0+$/.test(after) || before === after || !repository.moves.some((move) => move.after === before)) return [];
    return environments.flatMap((environment) => {
      const [was, is] = [before, head].map((commit) => truthAt(git, repository, commit, environment).models);
      // Where Git has forgotten what was before, only what there is now can be told.
      const names = isForgotten(repository, before, head) ? is!.keys() : new Set([...was!.keys(), ...is!.keys()]);
      const said = (models: Truth['models'], name: string) =>
        JSON.stringify([...(models.get(name) ?? [])].map(([version, { applications }]) => [version, applications]));
      return [...names]
        .filter((name) => said(was!, name) !== said(is!, name))
        .map((name) => subjectOf(environment, name));
    });
  }
}

const subjectOf = (environment: string, model: string) => `${environment}/${encodeURIComponent(model)}`;

/** The commit to which a push or a merge moved a branch. */
function moveIn(type: string, data: Buffer): string | undefined {
  try {
    const body = JSON.parse(data.toString('utf8')) as { after?: string; pull_request?: { merge_commit_sha?: string } };
    if (type === 'dev.knative.source.gitea.push') return body.after;
    return type === 'dev.knative.source.gitea.pull_request' ? body.pull_request?.merge_commit_sha : undefined;
  } catch {
    // It was cut off.
    return undefined;
  }
}

interface Push {
  before: string;
  after: string;
  ref: string;
  repository: { html_url: string };
}

/** The branch was forced away from it, so that the server need not have it any more. */
function isForgotten({ handle }: GitRepository, commit: string, head: string): boolean {
  return !ancestors(handle.repository.store, [head]).has(commit);
}
