// The real world as one value. Log and clients are per caller; what is counted is counted per process, on one page.
import { clock } from './clock.ts';
import { createFileReader } from './files.ts';
import { createHttp } from './http.ts';
import type { Io, Level, Log } from './io.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { addProcessMetrics } from './process-metrics.ts';
import { createProxyChoice, type Proxies } from './proxies.ts';
import { currentTrace, traceId } from './trace.ts';

/** The prefix of all our metrics, which dashboard and alerts (config/chart/files) use. */
const metrics = createMetrics('post_deployment_');
addProcessMetrics(metrics);

/** ms in which a changed secret may go unnoticed. The kubelet itself takes up to a minute. */
const lookAfterMs = 1_000;

const readFile = createFileReader(lookAfterMs);
const direct = createHttp();

export interface IoOptions {
  /** Stands on every log line: the function's. */
  name: string;
  level?: Level;
  /** For calls to Git and registry. */
  proxies?: Proxies | undefined;
}

export function createIo({ name, level = 'info', proxies }: IoOptions): Io {
  return {
    api: proxies === undefined ? direct : createHttp(createProxyChoice(proxies)),
    sink: direct,
    clock,
    log: withTraceId(createLog({ name, level, now: clock.now })),
    metrics,
    random: Math.random,
    readFile,
  };
}

/** What is logged on behalf of an event says so, wherever in the code the line comes from. */
function withTraceId(log: Log): Log {
  return (level, message, fields) => {
    const traceparent = currentTrace();
    log(level, message, traceparent === undefined ? fields : { trace: traceId(traceparent), ...fields });
  };
}
