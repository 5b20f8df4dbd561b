// Job: starts a reconcile by sending the functions a ping. Ends when they have reconciled. Without Knative it does what a PingSource does;
// on Knative it runs once after an installation, because a broker takes events, and drops them, before its Triggers are Ready.
import { limits } from '../config/limits.ts';
import { list, Unexpected } from '../config/settings/checks.ts';
import type { Table } from '../config/settings/reader.ts';
import { settingsTable } from '../config/settings/settings.ts';
import { type SinkSettings, sinkSettings, sinkTable } from '../config/settings/sink.ts';
import { TryAgainError } from '../events/errors.ts';
import { ping } from '../events/index.ts';
import { signWhere } from '../events/signature.ts';
import { inWords, toSink } from '../functions/deliver.ts';
import type { Io } from '../io/io.ts';
import { createKubernetes, isReady, type Kubernetes, kubernetesTable, waitFor } from './kubernetes.ts';
import { runJob } from './run.ts';

const table = {
  ...sinkTable,
  K_SINK: { ...sinkTable.K_SINK, required: true },
  ALLOW_HTTP: settingsTable.ALLOW_HTTP,
  EVENT_SIGNING_KEY: settingsTable.EVENT_SIGNING_KEY,
  ...kubernetesTable,
  /** Names in this namespace. They have to be Ready, and stay so for a while, before the ping is sent. */
  TRIGGERS: { for: 'all', check: list(objectName, 'names of Triggers'), description: '' },
} as const satisfies Table;

function objectName(text: string): string | Unexpected {
  return /^[a-z0-9.-]+$/.test(text) ? text : new Unexpected('names of Triggers');
}

/**
 * ms. On a busy machine the dispatcher of the broker's channel learns of a subscription some seconds after its Trigger is Ready, and
 * a new Trigger may be Ready, not Ready and Ready again. A ping that is sent meanwhile leads to events that nobody gets.
 */
const settling = 10_000;

async function areReady(triggers: readonly string[], kubernetes: Kubernetes, io: Pick<Io, 'clock'>): Promise<void> {
  for (const name of triggers)
    await waitFor(
      `eventing.knative.dev/v1/triggers/${name}`,
      'expected it to be Ready, it is not yet',
      (trigger) => isReady(trigger) || undefined,
      kubernetes,
      io,
    );
}

export const start = () =>
  runJob({
    name: 'reconcile',
    table,
    async work(values, io, reading) {
      if (values.TRIGGERS !== undefined) {
        const kubernetes = createKubernetes(values, io);
        await areReady(values.TRIGGERS, kubernetes, io);
        await io.clock.sleep(settling);
        await areReady(values.TRIGGERS, kubernetes, io);
      }
      const settings = sinkSettings(reading, values, values.ALLOW_HTTP, io.readFile);
      const status = await sendPing(
        '/jobs/reconcile',
        { ...settings, sink: values.K_SINK },
        values.EVENT_SIGNING_KEY(),
        io,
      );
      return { status };
    },
  });

/** Resolves with the status of the answer, which comes when the functions have reconciled. Throws TryAgainError for any but 2xx. */
export async function sendPing(
  source: string,
  settings: SinkSettings & { sink: string },
  key: string | undefined,
  io: Io,
): Promise<number> {
  const time = new Date(io.clock.now()).toISOString();
  // One id for each minute, as a PingSource: a job that is tried again sends the same event again.
  // Signed for a port that strangers reach, too (functions/one-port.ts).
  const event = signWhere(key, ping.make({ id: time.slice(0, 16), source, time }));
  const delivered = await toSink(settings, io, limits.reconcilePost)!(event);
  const { status } = delivered;
  if (status < 200 || status >= 300)
    throw new TryAgainError(
      `${new URL(settings.sink).host}: expected 2xx, came ${inWords(delivered)}; look at the log of the functions`,
    );
  return status;
}
