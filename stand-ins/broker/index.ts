// The local broker: Triggers by type, retries, time limits, dead letters kept and shown, as Knative 1.22 was measured.
//
//   const broker = await createBroker({ triggers: defaultTriggers({ parse: 'http://…', … }) });
//   … POST CloudEvents to broker.url; the answer comes when everything behind it is done
//   broker.deadLetters;                          // event with knativeerror attributes, its attempts, its fate
//   broker.events.on('attempt', (attempt) => …);
//   await broker.idle(); await broker.close();
//
// Not stood in for: Kafka's ordering by partition key, OIDC, TLS, `delivery.format: json`.

export { type AccessLine, type Arrival, type Broker, type BrokerOptions, createBroker } from './broker.ts';
export { defaultTriggers } from './default-triggers.ts';
export type { Attempt, DeadLetter } from './deliver.ts';
export type { BrokerEvent } from './event.ts';
export type { Trigger } from './trigger.ts';
