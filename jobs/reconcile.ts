// Job: tells the functions that it is time to compare, as a PingSource does on Knative. Done when they have compared.

import { limits } from '../config/limits.ts';
import { httpUrl } from '../config/setting-checks.ts';
import type { Table } from '../config/setting-reader.ts';
import { TryAgainError } from '../events/errors.ts';
import { ping } from '../events/index.ts';
import { sendEvent } from '../io/sink.ts';
import { runJob } from './run.ts';

const table = {
  K_SINK: { for: 'all', check: httpUrl, required: true, description: '' },
} as const satisfies Table;

export const start = () =>
  runJob({
    name: 'reconcile',
    table,
    async work({ K_SINK: sink }, io) {
      const time = new Date(io.clock.now()).toISOString();
      // One id for each minute, as a PingSource: a job that is tried again says the same thing again.
      const event = ping.make({ id: time.slice(0, 16), source: '/jobs/reconcile', time });
      const { status } = await sendEvent(io.sink, sink, event, { timeoutMs: limits.reconcilePost });
      if (status < 200 || status >= 300)
        throw new TryAgainError(
          `${new URL(sink).host}: expected 2xx, came ${status}; look at the log of the functions`,
        );
      return { status };
    },
  });
