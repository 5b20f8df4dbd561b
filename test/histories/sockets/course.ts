// What the parts of a history over sockets share beyond those in virtual time: what of it is under way.
import { type Course, createCourse } from '../course.ts';
import type { Coverage } from '../coverage.ts';
import type { History } from '../history.ts';
import type { Time } from './time.ts';

export interface Play extends Course<Time> {
  /** Nothing is at rest before it has ended; what it throws is a failure. */
  track<T>(work: Promise<T>): Promise<T | undefined>;
  /** Messages on their way that are tracked, and appointments that are not over; for people. Throws the first failure. */
  underWay(): string[];
}

export function createPlay(history: History, time: Time, coverage: Coverage): Play {
  const course = createCourse(history, coverage, time);
  let tracked = 0;
  return Object.assign(course, {
    async track<T>(work: Promise<T>) {
      tracked += 1;
      return work
        .catch((error: unknown) => {
          course.fail(error);
          return undefined;
        })
        .finally(() => {
          tracked -= 1;
        });
    },
    underWay() {
      course.check();
      return [
        ...(time.waiting > 0 ? [`${time.waiting} appointments`] : []),
        ...(tracked > 0 ? [`${tracked} messages`] : []),
      ];
    },
  });
}
