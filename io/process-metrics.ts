// What any process should tell of itself: its build, since when it runs, what it takes. Names as Prometheus' own libraries have them.
// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
import type { Metrics } from './io.ts';

/** Set by build.mjs from package.json. */
declare const BUILD_VERSION: string | undefined;

export function addProcessMetrics(metrics: Metrics): void {
  const version = typeof BUILD_VERSION === 'undefined' ? 'source' : BUILD_VERSION;
  const build = [{ labels: { version, node: process.versions.node }, value: 1 }];
  metrics.gauge('build_info', 'Which build runs on which Node.', () => build);
  const start = Math.round(Date.now() / 1000 - process.uptime());
  metrics.gauge('process_start_time_seconds', 'Start of the process, since 1970.', () => start);
  metrics.gauge('process_resident_memory_bytes', 'Memory in use.', () => process.memoryUsage.rss());
}
