// Why an event was lost, in one sentence. Pure.
import type { LossFailure } from '../../events/delivery-lost.ts';
import type { Failure } from './read-failure.ts';

/** For the log, with what brokers and functions said of it. */
export function reasonInFull({ receiver, code, isReply, told, unreachable }: Failure): string {
  if (isReply) return notTaken(code);
  if (unreachable) return `${receiver} could not be reached: ${unreachable}`;
  if (told) return `${receiver} answered ${code ?? 'an error'} (${told.error}): ${told.message}`;
  if (code !== undefined) return `${receiver} answered ${code}`;
  return silenceOf(receiver);
}

/** For events and commits: words of ours alone, because nobody signs what is said of a failure. */
export function reasonOf({ kind, code, receiver: name }: LossFailure): string {
  const receiver = name ?? 'its receiver';
  if (kind === 'reply') return notTaken(code);
  if (kind === 'unreachable') return `${receiver} could not be reached`;
  if (kind === 'silence') return silenceOf(receiver);
  return `${receiver} answered ${code ?? 'an error'}`;
}

function notTaken(code: number | undefined): string {
  return `the broker did not take the reply of a function${code === undefined ? '' : `: ${code}`}`;
}

function silenceOf(receiver: string): string {
  return `${receiver} gave no answer the broker could use: none within the time limit, or none it could read`;
}
