// Property tests and fuzzing try the same inputs every time, so that a change is judged by what it changed; with TEST_SEED
// set, others. A failure names its seed.
import fc from 'fast-check';

export const seed = Number(process.env.TEST_SEED ?? 1);

fc.configureGlobal({ seed });
