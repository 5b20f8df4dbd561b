// The real io, but log lines are kept for the test and the metrics are its own.
import type { Io, Level } from '../../io/io.ts';
import { createMetrics } from '../../io/metrics.ts';
import { createIo } from '../../io/real-io.ts';

export interface Line {
  level: Level;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

export function recordingIo(): { io: Io; lines: Line[] } {
  const lines: Line[] = [];
  const io: Io = {
    ...createIo({ name: 'test' }),
    metrics: createMetrics(),
    log: (level, message, fields = {}) => void lines.push({ level, message, fields }),
  };
  return { io, lines };
}
