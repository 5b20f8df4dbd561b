// What the processes of an installation say on stdout, as far as it counts: losses that only they know, faults of ours, and
// events that the broker has.
import type { BrokerEvent } from '../../../stand-ins/broker/event.ts';
import { createRepetitions } from '../answers.ts';
import { isExtra } from '../broker.ts';
import type { ProcessName } from '../history.ts';
import { Divergence } from '../watch.ts';
import type { Play } from './course.ts';
import type { Line } from './process.ts';

type Ear = (name: string, line: Line) => void;

export interface Ears {
  /** Throws Divergence. */
  of: Record<ProcessName, Ear>;
  /** The last event of a type that the broker took, copies and made-up ones left out. */
  seen(type: string): BrokerEvent | undefined;
}

export function createEars(play: Play): Ears {
  const { time } = play;
  const checkRepetition = createRepetitions();
  const seen = new Map<string, BrokerEvent>();

  const ofFunction: Ear = (name, line) => {
    const { message, text, outcome, reason, type, subject } = line;
    if (message === 'unexpected error' || message === 'crashed' || message === 'cannot start' || text !== undefined)
      throw new Divergence(`${name}: ${JSON.stringify(line)}`);
    if (message === 'event lost after the answer') play.lose('given up by gitea-source');
    const about = [message === 'event' ? undefined : message, type, subject, outcome, reason];
    time.note(`    ${name}: ${about.filter((value) => value !== undefined).join(' | ')}`);
  };

  const of: Ears['of'] = {
    'gitea-source': ofFunction,
    parse: ofFunction,
    'registry-writer': ofFunction,
    'commit-status': ofFunction,
    broker(name, { message, text, id, type, subject, trigger, attempts, reason, ...arrival }) {
      if (text !== undefined) throw new Divergence(`${name}: ${text}`);
      if (message === 'arrival') {
        const { attributes, passed, data } = arrival as { attributes: object; passed: object; data: string };
        const event = { attributes, passed, data: Buffer.from(data, 'base64') } as BrokerEvent;
        time.note(`broker has ${event.attributes.type} ${event.attributes.subject ?? ''}`);
        if (isExtra(event) || !isWhole(event)) return;
        checkRepetition(event);
        seen.set(event.attributes.type ?? '', event);
      }
      if (message === 'dead letter') {
        time.note(`dead letter of ${trigger}: ${type}, ${attempts} × ${reason}`);
        if (trigger === 'commit-status') return;
        // A copy, or something made up, is missed by nobody.
        if (!isExtra({ attributes: { id: String(id) } })) play.lose(`dead letter: ${type} ${subject ?? ''}`);
      }
      if (message === 'abandoned') time.note(`delivery to ${trigger} given up: ${type}`);
    },
  };
  return { of, seen: (type) => seen.get(type) };
}

function isWhole({ data }: BrokerEvent): boolean {
  try {
    JSON.parse(data.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
