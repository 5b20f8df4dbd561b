// What is changed by the fuzzers: recorded webhooks, and a sample of each type of event.
import { readdirSync, readFileSync } from 'node:fs';
import { recordedDeliveries } from '../../forges/gitea/deliveries.ts';

type Delivery = ReturnType<typeof recordedDeliveries>[number];

/** One of each kind; larger ones only cost time. */
export function deliveriesBy(kindOf: (delivery: Delivery) => string): Delivery[] {
  const small = recordedDeliveries().filter(({ body }) => body.length <= 20_000);
  return [...new Map(small.map((one) => [kindOf(one), one])).values()];
}

const folder = new URL('../../../events/samples/', import.meta.url);

export const samples = readdirSync(folder)
  .filter((name) => name.startsWith('dev.'))
  .map((name) => ({
    type: name.replace(/\.json$/, ''),
    data: JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as unknown,
  }));

const source = 'https://git.example.test/acme/fleet';

/** Of every fuzzed event. */
export const attributes = { id: 'fuzz-1', source, subject: 'prod/jukebox', time: '2026-11-02T09:30:00Z' };
