// How a function hands on an event: one POST to K_SINK, or to what takes its place when all functions are one process; and which
// answers are tried again.
import type { CloudEvent } from 'cloudevents';
import { missingSink, type SinkSettings } from '../config/settings/sink.ts';
import { TryAgainError, UntrustedError } from '../events/errors.ts';
import { callsTo } from '../io/calls.ts';
import type { HttpResponse, Io } from '../io/io.ts';
import { sendEvent } from '../io/sink.ts';
import { whatCame } from '../io/what-came.ts';

/** What became of one attempt. `why`: of a status that is no success, what came and where to look. */
export interface Delivered {
  status: number;
  why?: string;
}

/** One attempt. Rejects with TryAgainError when there was no answer. */
export type Deliver<T = unknown> = (event: CloudEvent<T>) => Promise<Delivered>;

/** ms until a file that changed is read again (io/real-io.ts). */
const fileAge = 1_000;

/** One POST per event to K_SINK; undefined without one. `timeoutMs`: hanging up on a synchronous broker loses the event. */
export function toSink(settings: SinkSettings, io: Io, timeoutMs: number): Deliver | undefined {
  const { sink, ceOverrides: overrides, sinkToken, sinkCa } = settings;
  if (sink === undefined) return undefined;
  const { sink: http } = callsTo('sink', io);
  const post = (event: CloudEvent<unknown>, token: string | undefined) =>
    sendEvent(http, sink, event, { timeoutMs, overrides, ca: sinkCa(), token });
  return async (event) => {
    let token = sinkToken();
    let answer = await post(event, token);
    if (answer.status === 401 && token !== undefined) {
      // The token's file may have been replaced just now.
      await io.clock.sleep(fileAge);
      const next = sinkToken();
      if (next !== token) {
        token = next;
        answer = await post(event, token);
      }
    }
    const { status } = answer;
    if (status >= 200 && status < 300) return { status };
    const why = reasonOf(answer, token);
    return { status, ...(why === undefined ? {} : { why }) };
  };
}

/** Throws TryAgainError where nobody would get the function's events. */
export function checkSink(settings: Pick<SinkSettings, 'sink' | 'inCluster'>): void {
  const missing = missingSink(settings);
  if (missing !== undefined) throw new TryAgainError(missing);
}

/** Statuses 4xx after which the next attempt may succeed. */
const passing: ReadonlySet<number> = new Set([404, 408, 409, 425, 429]);

/**
 * Whether the broker may take the same event later. By the rule of Knative's own senders, which repeat 404, too: a broker's ingress
 * that has just started does not know its brokers yet (https://knative.dev/docs/eventing/event-delivery). 425: RFC 8470.
 */
export function mayBeTakenLater(status: number): boolean {
  return status < 400 || status >= 500 || passing.has(status);
}

/** What became of one attempt. */
export type Attempt =
  | { outcome: 'accepted' }
  /** Never to be taken: a repetition would get the same answer. `answer`: for messages, after "answered". */
  | { outcome: 'refused'; answer: string; reason: string }
  /** To be tried again. `needsPerson`: trying again may not help until a person corrects a setting. */
  | { outcome: 'unavailable'; reason: string; needsPerson?: true };

/** One attempt, and what it means. Rejects with errors of ours alone. */
export async function attempt<T>(deliver: Deliver<T>, event: CloudEvent<T>): Promise<Attempt> {
  try {
    const delivered = await deliver(event);
    const { status } = delivered;
    if (status >= 200 && status < 300) return { outcome: 'accepted' };
    const answer = inWords(delivered);
    const reason = `the broker answered ${answer}`;
    if (!mayBeTakenLater(status)) return { outcome: 'refused', answer, reason };
    // 404: the broker may not be there yet, or K_SINK is wrong.
    return { outcome: 'unavailable', reason, ...(status === 404 && { needsPerson: true }) };
  } catch (error) {
    if (!(error instanceof TryAgainError)) throw error;
    const needsPerson = error instanceof UntrustedError;
    return { outcome: 'unavailable', reason: error.message, ...(needsPerson && { needsPerson }) };
  }
}

/** For messages, after "answered". */
export function inWords({ status, why }: Delivered): string {
  return `${status}${why === undefined ? '' : `: ${why}`}`;
}

/** A broker of Knative refuses with empty bodies; what has a text comes from something in front of it. */
function reasonOf(answer: HttpResponse, token: string | undefined): string | undefined {
  const { status } = answer;
  const came = whatCame(answer, [token]);
  if (status >= 300 && status < 400)
    return `${came ?? 'no Location'}; K_SINK should be the address that answers itself`;
  if (came !== undefined && answer.body.length > 0 && [401, 403, 404, 407].includes(status))
    return `${came}; that is not the broker's own answer, so look at what stands in front of it`;
  if (status === 401)
    return token === undefined
      ? 'it wants a token (OIDC) and there is none at SINK_TOKEN_FILE (/oidc/token, where SinkBinding mounts one)'
      : 'it refused the token of SINK_TOKEN_FILE (/oidc/token): look at its audience, and whether it has expired';
  if (status === 403 && token !== undefined)
    return "it knows the token and no EventPolicy lets its owner, this function's SinkBinding, send";
  return came;
}
