// The real io with patience, but log lines are kept for the test and the metrics are its own.
import type { Io, Level } from '../../io/io.ts';
import { createMetrics } from '../../io/metrics.ts';
import { patientIo } from './patient-io.ts';

export interface Line {
  level: Level;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

export function recordingIo(): { io: Io; lines: Line[] } {
  const lines: Line[] = [];
  const io: Io = {
    ...patientIo('test'),
    metrics: createMetrics(),
    log: (level, message, fields = {}) => void lines.push({ level, message, fields }),
  };
  return { io, lines };
}
