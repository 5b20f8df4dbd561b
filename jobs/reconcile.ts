// Job: tells the functions that it is time to compare, as a PingSource does on Knative. Done when they have compared.

import { limits } from '../config/limits.ts';
import { trueOrFalse } from '../config/settings/checks.ts';
import type { Table } from '../config/settings/reader.ts';
import { sinkSettings, sinkTable } from '../config/settings/sink.ts';
import { TryAgainError } from '../events/errors.ts';
import { ping } from '../events/index.ts';
import { inWords, toSink } from '../functions/deliver.ts';
import { runJob } from './run.ts';

const table = {
  ...sinkTable,
  K_SINK: { ...sinkTable.K_SINK, required: true },
  ALLOW_HTTP: { for: 'all', check: trueOrFalse, default: 'false', description: '' },
} as const satisfies Table;

export const start = () =>
  runJob({
    name: 'reconcile',
    table,
    async work(values, io, reading) {
      const settings = sinkSettings(reading, values, values.ALLOW_HTTP, io.readFile);
      const deliver = toSink(settings, io, limits.reconcilePost)!;
      const time = new Date(io.clock.now()).toISOString();
      // One id for each minute, as a PingSource: a job that is tried again says the same thing again.
      const event = ping.make({ id: time.slice(0, 16), source: '/jobs/reconcile', time });
      const delivered = await deliver(event);
      const { status } = delivered;
      if (status < 200 || status >= 300)
        throw new TryAgainError(
          `${new URL(values.K_SINK).host}: expected 2xx, came ${inWords(delivered)}; look at the log of the functions`,
        );
      return { status };
    },
  });
