// Why an event was lost, in one sentence. Pure.
import type { Failure } from './read-failure.ts';

export function reasonOf({ receiver, code, isReply, told, unreachable }: Failure): string {
  if (isReply) return `the broker did not take the reply of a function${code === undefined ? '' : `: ${code}`}`;
  if (unreachable) return `${receiver} could not be reached: ${unreachable}`;
  if (told) return `${receiver} answered ${code ?? 'an error'} (${told.error}): ${told.message}`;
  if (code !== undefined) return `${receiver} answered ${code}`;
  return `${receiver} gave no answer the broker could use: none within the time limit, or none it could read`;
}
