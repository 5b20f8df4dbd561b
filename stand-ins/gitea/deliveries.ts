// The queue of webhook deliveries and their history. One attempt each: what fails is never sent again by itself.
// Source: services/webhook/deliver.go; default queue with one worker, so one slow receiver holds up all others.

import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { deliveryBody, deliveryHeaders } from './delivery-headers.ts';
import type { Generation } from './generations.ts';
import { type ClientAnswer, callHook } from './go-client.ts';
import type { Hook } from './world.ts';

export type Delivery = {
  id: number;
  uuid: string;
  hook: Hook;
  /** Fine event name, `X-Gitea-Event-Type`. */
  eventType: string;
  /** The JSON text that is signed and sent. */
  payload: string;
  headers: [string, string][];
  body: string;
  created: Date;
  /** waiting, held by a rule, on its way, done, or dropped by a rule. */
  state: 'waiting' | 'held' | 'sending' | 'done' | 'dropped';
  /** What the settings page shows as success: the answer was 2xx. */
  succeeded: boolean;
  response?: ClientAnswer;
};

/** What shall happen to a delivery: send it, keep it until `release`, lose it, or send it later. */
export type DeliveryRule = (delivery: Delivery) => 'send' | 'hold' | 'drop' | { delayMs: number };

export type QueueOptions = {
  /** Pause between an event and its delivery. Gitea: 1 to 5 s; here short, so that nobody has to wait. */
  delayMs: number;
  /** Deliveries at the same time; more than one gives up their order, as in Gitea. */
  workers: number;
  /** `[webhook] DELIVER_TIMEOUT`: 5 s in Gitea, for connecting, sending and reading the answer. */
  timeoutMs: number;
};

export class DeliveryQueue {
  readonly history: Delivery[] = [];
  rule: DeliveryRule = () => 'send';
  readonly #waiting: Delivery[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  readonly #options: QueueOptions;
  readonly #generation: Generation;
  readonly #live: EventEmitter;
  readonly #now: () => Date;
  #active = 0;
  #pausing = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(generation: Generation, options: QueueOptions, live: EventEmitter, now: () => Date) {
    this.#generation = generation;
    this.#options = options;
    this.#live = live;
    this.#now = now;
  }

  add(hook: Hook, eventType: string, payload: string): Delivery {
    const uuid = randomUUID();
    const delivery: Delivery = {
      id: this.history.length + 1,
      uuid,
      hook,
      eventType,
      payload,
      headers: deliveryHeaders(this.#generation, hook, { uuid, eventType, payload }),
      body: deliveryBody(hook, payload),
      created: this.#now(),
      state: 'waiting',
      succeeded: false,
    };
    this.history.push(delivery);
    this.#live.emit('delivery', delivery);
    const fate = this.rule(delivery);
    if (fate === 'hold') delivery.state = 'held';
    else if (fate === 'drop') delivery.state = 'dropped';
    else this.#later(delivery, this.#options.delayMs + (fate === 'send' ? 0 : fate.delayMs));
    return delivery;
  }

  /** The settings page's replay button: a new delivery with a new id, the same text, signed with today's secret. */
  replay(uuid: string): Delivery {
    const old = this.history.find((delivery) => delivery.uuid === uuid);
    if (!old) throw new Error(`no delivery ${uuid} in the history`);
    return this.add(old.hook, old.eventType, old.payload);
  }

  /** Sends what a rule has held, in this order (default: as they were made). */
  release(uuids: readonly string[] = this.history.filter((one) => one.state === 'held').map((one) => one.uuid)): void {
    for (const uuid of uuids) {
      const delivery = this.history.find((one) => one.uuid === uuid && one.state === 'held');
      if (!delivery) throw new Error(`no held delivery ${uuid}`);
      delivery.state = 'waiting';
      this.#later(delivery, 0);
    }
  }

  /** Resolves when nothing waits to be sent and nothing is on its way. Held deliveries do not count. */
  idle(): Promise<void> {
    if (this.#active === 0 && this.#waiting.length === 0 && this.#pausing === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#agents.http.destroy();
    this.#agents.https.destroy();
    // What still waits will never be sent, so `idle` ends.
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #later(delivery: Delivery, ms: number): void {
    this.#pausing += 1;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#pausing -= 1;
      this.#waiting.push(delivery);
      this.#work();
    }, ms);
    this.#timers.add(timer);
  }

  #work(): void {
    while (!this.#closed && this.#active < this.#options.workers && this.#waiting.length > 0) {
      const delivery = this.#waiting.shift()!;
      this.#active += 1;
      void this.#send(delivery).finally(() => {
        this.#active -= 1;
        this.#work();
        if (this.#active === 0 && this.#waiting.length === 0 && this.#pausing === 0) {
          for (const resolve of this.#idle.splice(0)) resolve();
        }
      });
    }
  }

  async #send(delivery: Delivery): Promise<void> {
    delivery.state = 'sending';
    delivery.response = await callHook({
      url: delivery.hook.url,
      headers: delivery.headers,
      body: delivery.body,
      timeoutMs: this.#options.timeoutMs,
      agents: this.#agents,
    });
    delivery.state = 'done';
    // Gitea keeps the last result at the hook, which moves its time too.
    delivery.hook.updated = this.#now();
    delivery.succeeded = Math.floor(delivery.response.status / 100) === 2;
    this.#live.emit('delivered', delivery);
  }
}
