// The two brokers that one suite is held over: ours in stand-ins/ and Knative's.
import type { Context } from 'mocha';
import { createBroker, type Trigger } from '../../stand-ins/broker/index.ts';
import { findTool, tool } from '../tool.ts';
import { manifestsOf, startKnativeBroker } from './knative-broker.ts';

export interface World {
  url: string;
  /** How the broker calls itself in dead letters. */
  ingress: string;
  close(): Promise<void>;
}

export interface WorldMaker {
  name: string;
  /** To be called in a `before` that has opened nothing yet, with mocha's `this`: skips the suite, or fails in CI, where the program is missing. */
  need(context: Context): void;
  open(triggers: readonly Trigger[], options?: { async?: boolean }): Promise<World>;
}

export const worlds: readonly WorldMaker[] = [
  {
    name: 'the broker of stand-ins/',
    need() {},
    async open(triggers, options = {}) {
      const { url, close } = await createBroker({ triggers, ...options });
      return { url, ingress: url, close };
    },
  },
  {
    name: "Knative's broker",
    need: (context) => void tool(context, 'KNATIVE_BROKER'),
    async open(triggers, options = {}) {
      return startKnativeBroker(findTool('KNATIVE_BROKER')!, manifestsOf(triggers, options));
    },
  },
];
