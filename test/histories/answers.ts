// What an answer or an event promises must be so at that moment: a 2xx of registry-writer says that it is done, and a
// repeated event is the same event.
import type { BrokerEvent } from '../../local/broker/event.ts';
import type { Coverage } from './coverage.ts';
import type { Git } from './git.ts';
import type { Answer, Request } from './network.ts';
import { holds, nameOf, type Registry, versionsOf } from './registry.ts';
import { Divergence, type Watch } from './watch.ts';

/** ms: longer than any answer of the registry is on its way, with what the server itself takes. */
const onTheWay = 150;

const floating = 'latest';

interface Promotion {
  environment: string;
  model: string;
  cause: string;
  head: string;
  complete: boolean;
  serving: { version: string }[];
}

/** Throws Divergence when the writer says done and the registry does not say what the event says. */
export function checkDone(
  request: Request,
  answer: Answer,
  registry: Registry,
  watch: Watch,
  coverage: Coverage,
): void {
  if (answer.status !== 200 || answer.headers['ce-type'] !== 'dev.mlops.registry.updated.v1') return;
  const { outcome } = JSON.parse(answer.body.toString('utf8')) as { outcome: string };
  if (outcome === 'ignored') return;
  const { environment, model: name, complete, serving } = JSON.parse(request.body.toString('utf8')) as Promotion;
  const model = registry.store.rows('RegisteredModel').find((row) => row.name === name);
  if (model === undefined || watch.quietFor(model.id) < onTheWay) return;
  coverage.count('answers of done, checked');
  const versions = versionsOf(registry.store, model);
  const wanted = serving.map(({ version }) => version);
  const holders = versions.filter((row) => holds(row, environment)).map(nameOf);
  const registered = versions.map(nameOf).filter((version) => wanted.includes(version));
  const missing = registered.filter((version) => !holders.includes(version));
  const all = wanted.every((version) => version === floating || registered.includes(version));
  const surplus = complete && all ? holders.filter((version) => !registered.includes(version)) : [];
  if (missing.length + surplus.length > 0)
    throw new Divergence(
      `registry-writer answered ${outcome} to ${environment} on ${name} = ${wanted.join(', ')}; holders are ${holders.join(', ')}`,
    );
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
  note(event: BrokerEvent): void;
  /** Throws Divergence when parse says done and what it handed on since was of a head that had long moved. */
  check(request: Request, answer: Answer, since: number): void;
}

/** After handing on, the head has to be looked at once more: a 2xx says that the branch was still there. */
export function createReadings(git: Git, now: () => number, coverage: Coverage): Readings {
  /** By trace: which heads of which repository were handed on, and when. */
  const handed = new Map<string, { at: number; head: string; repository: string }[]>();
  const traceOf = (value = '') => value.slice(3, 35);
  return {
    note({ attributes, data, passed }) {
      if (!/^dev\.mlops\.(model|environment)\./.test(attributes.type ?? '')) return;
      const { head, repository } = JSON.parse(data.toString('utf8')) as { head: string; repository: string };
      const trace = traceOf(attributes.traceparent ?? passed.traceparent);
      handed.set(trace, [...(handed.get(trace) ?? []), { at: now(), head, repository }]);
    },
    check({ headers }, { status }, since) {
      if (status > 299) return;
      const mine = (handed.get(traceOf(headers['ce-traceparent'] ?? headers.traceparent)) ?? []).filter(
        ({ at }) => at >= since,
      );
      const [first] = mine;
      const repository = git.repositories.find(({ url }) => url === first?.repository);
      const last = repository?.moves.at(-1);
      if (last === undefined || now() - last.at < onTheWay) return;
      coverage.count('answers of parse, checked');
      // Its head may have had nothing to tell of.
      const seen = (repository?.told.get(last.after) ?? 0) >= since;
      if (!seen && !mine.some(({ head }) => head === last.after))
        throw new Divergence(
          `parse answered ${status}; it had told of ${first?.head}, and the head was ${last.after} by then`,
        );
    },
  };
}
