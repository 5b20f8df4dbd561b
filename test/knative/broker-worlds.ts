// The two brokers that one suite is held over: ours in local/ and Knative's.
import type { Context } from 'mocha';
import { createBroker, type Trigger } from '../../local/broker/index.ts';
import { tool } from '../tool.ts';
import { manifestsOf, startKnativeBroker } from './knative-broker.ts';

export interface World {
  url: string;
  /** How the broker calls itself in dead letters. */
  ingress: string;
  close(): Promise<void>;
}

export interface WorldMaker {
  name: string;
  /** `context`: mocha's, of a hook; the suite is skipped, or fails in CI, where the program is missing. */
  open(context: Context, triggers: readonly Trigger[], options?: { async?: boolean }): Promise<World>;
}

export const worlds: readonly WorldMaker[] = [
  {
    name: 'the broker of local/',
    async open(_context, triggers, options = {}) {
      const { url, close } = await createBroker({ triggers, ...options });
      return { url, ingress: url, close };
    },
  },
  {
    name: "Knative's broker",
    async open(context, triggers, options = {}) {
      return startKnativeBroker(tool(context, 'KNATIVE_BROKER'), manifestsOf(triggers, options));
    },
  },
];
