// The broker as a process of its own: stand-ins/broker, which behaves as the measured one, with what happens in it told on stdout.
// Keeps nothing: what it holds when it is killed is lost.
import { EventEmitter } from 'node:events';
import http from 'node:http';
import { createBroker, type Trigger } from '../../../stand-ins/broker/index.ts';

/** What BROKER holds, as JSON. */
export interface BrokerSettings {
  triggers: readonly Trigger[];
  async: boolean;
}

// Everything that is on its way listens to one end.
EventEmitter.defaultMaxListeners = 0;
const { triggers, async } = JSON.parse(process.env.BROKER!) as BrokerSettings;
const tell = (message: string, fields: object) => console.log(JSON.stringify({ message, ...fields }));
const broker = await createBroker({ triggers, async });

broker.events.on('arrival', ({ event: { attributes, passed, data } }) =>
  tell('arrival', { attributes, passed, data: data.toString('base64') }),
);
broker.events.on('deadLetter', ({ trigger, event, attempts }) =>
  tell('dead letter', {
    trigger,
    id: event.attributes.id,
    type: event.attributes.type,
    subject: event.attributes.subject,
    attempts: attempts.length,
    reason: attempts.at(-1)?.failure,
  }),
);
broker.events.on('abandoned', ({ trigger, event }) => tell('abandoned', { trigger, type: event.attributes.type }));

// Beside the broker's own port: whether anything is on its way.
const idle = http.createServer((_request, response) => {
  const soon = new Promise<boolean>((resolve) => setImmediate(resolve, false));
  void Promise.race([broker.idle().then(() => true), soon]).then((is) => response.end(String(is)));
});
idle.listen(0, '127.0.0.1', () =>
  tell('ready', { ports: [Number(new URL(broker.url).port), (idle.address() as { port: number }).port] }),
);
