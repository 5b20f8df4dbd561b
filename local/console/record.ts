// Listens to the whole system and notes what happens: webhooks, events, attempts, calls, log lines, ends and beginnings of
// processes. Changes nothing, and notes nothing it was not told of.

import type { Happenings, InFull } from '../../console/happenings.ts';
import { decodeAttributeValue } from '../../events/wire.ts';
import type { AccessLine, Arrival, Attempt, BrokerEvent, DeadLetter } from '../../stand-ins/broker/index.ts';
import type { AccessEntry, Delivery } from '../../stand-ins/gitea/index.ts';
import type { KubernetesCall } from '../../stand-ins/kubernetes/index.ts';
import { createListening } from '../../stand-ins/listening.ts';
import type { LoggedCall } from '../../stand-ins/registry-server.ts';
import { consoleAgent } from './readers.ts';
import type { RunningSystem } from './system.ts';
import { tellOfEvent } from './words-of-event.ts';

/** Characters of an event's data or a webhook's payload that the page is given. */
const maxData = 64 * 1024;

/** Until the returned function is called. */
export function record(system: RunningSystem, happenings: Happenings): () => void {
  const { on, stop } = createListening();
  const add = (kind: string, details: Record<string, unknown>, inFull?: InFull) =>
    happenings.add(kind, details, inFull);
  const { gitea, registry, cluster, broker, functions } = system;

  if (gitea.standIn) {
    on(gitea.standIn.live, 'delivery', (delivery: Delivery) => {
      // Its fate is decided right after it was announced.
      queueMicrotask(() =>
        add('webhook', { ...aboutDelivery(delivery), fate: delivery.state }, inFullDelivery(delivery)),
      );
    });
    on(gitea.standIn.live, 'delivered', (delivery: Delivery) => {
      const { response } = delivery;
      const failure = response?.status ? undefined : (response?.body.toString().slice(0, 200) ?? 'no answer');
      add(
        'webhook-answer',
        { ...aboutDelivery(delivery), status: response?.status ?? 0, ...defined({ failure }) },
        inFullDelivery(delivery),
      );
    });
    on(gitea.standIn.live, 'request', (entry: AccessEntry) => call('gitea', entry));
  }
  if (registry.standIn) on(registry.standIn.events, 'call', (entry: LoggedCall) => call('registry', entry));
  if (cluster) on(cluster.standIn.kubernetes.events, 'call', (entry: KubernetesCall) => call('cluster', entry));

  on(broker.events, 'arrival', ({ event, from, triggers }: Arrival) => {
    add('event', { ...aboutEvent(event), to: triggers, ...defined({ from }) }, () => inFullEvent(event));
  });
  on(broker.events, 'attempt', (attempt: Attempt) => {
    const { trigger, to, event, number, status, failure, ms, reply } = attempt;
    add(
      'attempt',
      {
        ...aboutEvent(event),
        trigger,
        to,
        number,
        ms: rounded(ms),
        ...defined({ status, failure, reply: reply && aboutEvent(reply) }),
      },
      () => ({ ...inFullEvent(event), ...(reply ? { reply: inFullEvent(reply) } : {}) }),
    );
  });
  on(broker.events, 'deadLetter', ({ event, trigger, fate }: DeadLetter) => {
    const { knativeerrorcode: code } = event.attributes;
    add('dead-letter', { ...aboutEvent(event), trigger, fate, ...defined({ code }) }, () => inFullEvent(event));
  });
  on(broker.events, 'abandoned', ({ event, trigger }: { event: BrokerEvent; trigger: string }) => {
    add('abandoned', { ...aboutEvent(event), trigger });
  });
  on(broker.events, 'access', ({ method, path, status, ms, id, type }: AccessLine) => {
    add('posted', { method, path, status, ms: rounded(ms), ...defined({ id, type }) });
  });
  for (const { name, process } of functions) {
    if (!process) continue;
    on(process.events, 'state', (state: string) => add('function', { name, state }));
    on(process.events, 'line', (line: Record<string, unknown> | string) => {
      if (typeof line === 'string') add('log', { function: name, message: line });
      else {
        const { id, trace, span, level, message, outcome, reason, ms, type } = line;
        const about = defined({ id, trace, span, level, message, outcome, reason, ms, type });
        add('log', { function: name, ...about }, () => ({ line }));
      }
    });
  }
  return stop;

  function call(
    server: 'gitea' | 'registry' | 'cluster',
    { method, path, status, ms, userAgent, traceparent }: AccessEntry | LoggedCall | KubernetesCall,
  ) {
    // The console's own requests are not part of what it shows.
    if (userAgent === consoleAgent) return;
    const trace = traceparent?.slice(3, 35);
    add('call', {
      server,
      method,
      path,
      status,
      ms: rounded(ms),
      ...defined({ trace, span: traceparent?.slice(36, 52) }),
    });
  }
}

function aboutEvent(event: BrokerEvent): Record<string, unknown> {
  const { attributes, passed } = event;
  const { id, type, subject } = attributes;
  const traceparent = passed.traceparent ?? attributes.traceparent;
  return {
    id,
    type,
    ...defined({
      subject: subject && decodeAttributeValue(subject),
      trace: traceparent?.slice(3, 35),
      ...tellOfEvent(event),
    }),
  };
}

function inFullEvent({ attributes, passed, contentType, data }: BrokerEvent): Record<string, unknown> {
  const text = data.subarray(0, maxData).toString('utf8');
  return {
    attributes: { ...attributes, ...(contentType ? { datacontenttype: contentType } : {}), ...passed },
    data: data.length > maxData ? `${text}… (${data.length} bytes)` : readable(text),
  };
}

function aboutDelivery({ uuid, eventType, payload }: Delivery): Record<string, unknown> {
  return { id: uuid, event: eventType, ...whatItTells(payload) };
}

function inFullDelivery({ headers, body, payload, response }: Delivery): InFull {
  return () => ({
    headers: Object.fromEntries(headers),
    // The text as it was sent, which a tampered one is not the text that was signed.
    data: readable((body.startsWith('{') ? body : payload).slice(0, maxData)),
    ...(response ? { answer: { status: response.status, body: response.body.toString().slice(0, 1_000) } } : {}),
  });
}

/** The little of a payload that names it for a person, and which models it may be about (`prod/karaoke`). */
function whatItTells(payload: string): Record<string, unknown> {
  try {
    const {
      ref,
      after,
      action,
      number,
      pull_request: pull,
      head_commit: head,
      commits,
    } = JSON.parse(payload) as Payload;
    const files = (commits ?? []).flatMap(({ added, removed, modified }) => [added, removed, modified].flat());
    const touches = [...new Set(files.flatMap((file) => file?.split('/').slice(-3, -1).join('/') || []))].slice(0, 20);
    const title = pull?.title ?? head?.message.split('\n', 1)[0];
    return defined({ ref, after, action, number, title, touches: touches.length > 0 ? touches : undefined });
  } catch {
    return {};
  }
}

interface Payload {
  ref?: string;
  after?: string;
  action?: string;
  number?: number;
  pull_request?: { title: string };
  head_commit?: { message: string };
  commits?: { added?: string[]; removed?: string[]; modified?: string[] }[];
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}
