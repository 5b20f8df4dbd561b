// What happens in the system as lines for a person: webhooks, events, calls of functions and of the registry, dead letters,
// and what functions warn of. Only looks on.
import { decodeAttributeValue } from '../events/wire.ts';
import type { BrokerEvent } from '../stand-ins/broker/index.ts';
import { createListening } from '../stand-ins/listening.ts';
import type { LogLine } from './processes.ts';
import type { System } from './system.ts';

export type Print = (line: string) => void;

/** Prints until the returned function is called. */
export function watch({ gitea, registry, broker, functions }: System, print: Print): () => void {
  const start = performance.now();
  const line = (who: string, what: string, ms?: number) => {
    const at = `+${((performance.now() - start) / 1000).toFixed(3)} s`;
    print(`${at.padStart(11)}  ${who.padEnd(15)} ${what}${ms === undefined ? '' : `  (${Math.round(ms)} ms)`}`);
  };
  const { on, stop } = createListening();

  if (gitea.standIn) {
    on(gitea.standIn.live, 'delivery', (delivery: { eventType: string; state: string }) => {
      // Its fate is decided right after it was announced.
      queueMicrotask(() => {
        line('gitea', `webhook ${delivery.eventType}${delivery.state === 'dropped' ? ': LOST on the way' : ''}`);
      });
    });
    on(gitea.standIn.live, 'delivered', (delivery: { eventType: string; response?: { status: number } }) => {
      line('gitea-source', `answered webhook ${delivery.eventType} ${delivery.response?.status ?? 'not at all'}`);
    });
  }
  on(broker.events, 'arrival', ({ event, triggers }: { event: BrokerEvent; triggers: string[] }) => {
    line('broker', `${describe(event)} → ${triggers.join(', ') || 'no subscriber'}`);
  });
  on(broker.events, 'attempt', (attempt: Parameters<typeof outcome>[0] & { trigger: string; ms: number }) => {
    if (attempt.to !== 'reply') line(attempt.trigger, outcome(attempt), attempt.ms);
  });
  on(broker.events, 'deadLetter', ({ event, trigger, fate }: { event: BrokerEvent; trigger: string; fate: string }) => {
    line(
      'DEAD LETTER',
      `${describe(event)} for ${trigger}, ${fate}: ${event.attributes.knativeerrorcode ?? 'no answer'}`,
    );
  });
  on(broker.events, 'abandoned', ({ event, trigger }: { event: BrokerEvent; trigger: string }) => {
    line('ABANDONED', `${describe(event)} for ${trigger}: its sender hung up`);
  });
  if (registry.standIn) {
    on(registry.standIn.events, 'call', (call: { method: string; path: string; status: number; ms: number }) => {
      const path = decodeURIComponent(call.path.replace(/^.*?\/api\/[^/]+\/[^/]+/, '').replaceAll('+', ' '));
      line('registry', `${call.method} ${path} ${call.status || 'no answer'}`, call.ms);
    });
  }
  for (const { name, process } of functions) {
    if (process) on(process.events, 'line', (said: LogLine) => tell(name, said));
  }
  return stop;

  /** Warnings and errors, and whatever is no log line; the rest is seen from outside. */
  function tell(name: string, said: LogLine): void {
    if (typeof said === 'string') {
      line(name, said);
      return;
    }
    const { level, message, reason = '', outcome: end } = said;
    if (level === 'warn' || level === 'error')
      line(name, `${level}: ${[message, end, reason].filter(Boolean).join(', ')}`);
  }
}

function describe({ attributes }: BrokerEvent): string {
  return [attributes.type, attributes.subject && decodeAttributeValue(attributes.subject)].filter(Boolean).join(' ');
}

function outcome(attempt: {
  to: string;
  event: BrokerEvent;
  number: number;
  status?: number;
  failure?: string;
  reply?: BrokerEvent;
}): string {
  const { to, event, number, status, failure, reply } = attempt;
  const about = `${to === 'dead-letter-sink' ? 'dead letter ' : ''}${event.attributes.type}`;
  if (failure !== undefined) return `${about}: attempt ${number} failed, ${failure}`;
  return `${about}: ${status}${number > 1 ? ` at attempt ${number}` : ''}${reply ? `, replies ${summary(reply)}` : ''}`;
}

/** Of registry.updated, what was written. */
function summary(reply: BrokerEvent): string {
  if (reply.attributes.type !== 'dev.mlops.registry.updated.v1') return describe(reply);
  try {
    const {
      outcome: end,
      reason,
      changes,
    } = JSON.parse(reply.data.toString('utf8')) as {
      outcome: string;
      reason: string;
      changes: { on: string; name: string; set: Record<string, string>; removed: string[] }[];
    };
    const marks = changes.map(({ on, name, set, removed }) =>
      [`${on} ${name}`, ...Object.keys(set).map((key) => `+${key}`), ...removed.map((key) => `-${key}`)].join(' '),
    );
    return [`registry ${end}`, reason, ...marks].filter(Boolean).join('; ');
  } catch {
    return describe(reply);
  }
}
