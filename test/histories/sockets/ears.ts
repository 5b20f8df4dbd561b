// What the processes of an installation say on stdout, as far as it counts: losses that only they know, faults of ours, and
// events that the broker has.
import type { BrokerEvent } from '../../../local/broker/event.ts';
import type { ProcessName } from '../history.ts';
import { Divergence } from '../watch.ts';
import type { Play } from './play.ts';
import type { Line } from './process.ts';

type Ear = (name: string, line: Line) => void;

/** `checkRepetition`: throws Divergence. */
export function createEars(play: Play, checkRepetition: (event: BrokerEvent) => void): Record<ProcessName, Ear> {
  const { time } = play;

  const ofFunction: Ear = (name, line) => {
    const { message, text, outcome, reason, type, subject } = line;
    if (message === 'unexpected error' || message === 'crashed' || message === 'cannot start' || text !== undefined)
      throw new Divergence(`${name}: ${JSON.stringify(line)}`);
    if (message === 'event lost after the answer') play.lose('given up by gitea-source');
    const about = [message === 'event' ? undefined : message, type, subject, outcome, reason];
    time.note(`    ${name}: ${about.filter((value) => value !== undefined).join(' | ')}`);
  };

  return {
    'gitea-source': ofFunction,
    parse: ofFunction,
    'registry-writer': ofFunction,
    'commit-status': ofFunction,
    broker(name, { message, text, type, subject, trigger, attempts, reason, ...arrival }) {
      if (text !== undefined) throw new Divergence(`${name}: ${text}`);
      if (message === 'arrival') {
        const { attributes, passed, data } = arrival as { attributes: object; passed: object; data: string };
        const event = { attributes, passed, data: Buffer.from(data, 'base64') } as BrokerEvent;
        time.note(`broker has ${event.attributes.type} ${event.attributes.subject ?? ''}`);
        checkRepetition(event);
      }
      if (message === 'dead letter') {
        time.note(`dead letter of ${trigger}: ${type}, ${attempts} × ${reason}`);
        play.lose(`dead letter: ${type} ${subject ?? ''}`);
      }
      if (message === 'abandoned') time.note(`delivery to ${trigger} given up: ${type}`);
    },
  };
}
