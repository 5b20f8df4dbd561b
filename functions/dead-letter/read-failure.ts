// What brokers say of a failed delivery in extensions of the dead letter: `knativeerrorcode`, `knativeerrordest`,
// `knativeerrordata` (base64). The in-memory broker gives none of them after a time-out or an unreadable answer, Kafka's only
// the destination when there was no answer (measured). Pure; nothing in them is trusted.
import type { CloudEvent } from 'cloudevents';
import { type LossFailure, receivers } from '../../events/delivery-lost.ts';
import { errorNames } from '../../host/refusal.ts';
import { writerName } from '../table.ts';

/** What is known of the installation. */
export interface Place {
  /** The broker's address, which is the receiver where it did not take what a function replied. */
  sink: string | undefined;
  furtherRegistries: readonly string[];
}

export interface Failure {
  failure: LossFailure;
  /** Of a further registry, whose registry-writer it was. */
  registryName?: string;
  /** Host of the receiver, or what stands in for it. */
  receiver: string;
  /** What the receiver or the broker said of it, to follow the reason. */
  detail: string;
}

/** Bytes that an error body of ours has at most. */
const maxBody = 500;

export function readFailure(event: CloudEvent<unknown>, { sink, furtherRegistries }: Place): Failure {
  const dest = text(event.knativeerrordest);
  const status = Number(text(event.knativeerrorcode));
  const body = Buffer.from(text(event.knativeerrordata), 'base64').toString('utf8');
  const refusal = refusalOfOurs(body);
  const unreachable = dispatchError(body);
  const isReply = sink !== undefined && dest !== '' && hostOf(dest) === hostOf(sink);
  const code = Number.isInteger(status) && status >= 100 && status <= 599 ? status : undefined;
  const kind = isReply ? 'reply' : unreachable ? 'unreachable' : refusal ? 'refusal' : code ? 'answer' : 'silence';
  const receiver = receiverOf(dest);
  // In a cluster a function's name follows the name of the release: mlops-parse.
  const isCalled = (one: string) => new RegExp(`(?:^|-)${one}(?:$|[.:])`).test(receiver);
  const registryName = furtherRegistries.find((one) => isCalled(writerName(one)));
  const name = registryName === undefined ? receivers.find(isCalled) : 'registry-writer';
  return {
    ...(registryName && { registryName }),
    failure: { kind, ...(code === undefined ? {} : { code }), ...(name === undefined ? {} : { receiver: name }) },
    receiver,
    detail: unreachable ? `: ${unreachable}` : refusal ? ` (${refusal.error}): ${refusal.message}` : '',
  };
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Host and port only: an address may contain a password, or a path that somebody else chose. */
function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined;
}

function receiverOf(dest: string): string {
  // In one process the receiver is a function's name.
  return hostOf(dest) || (/^[a-z][a-z0-9-]{0,30}$/.test(dest) ? dest : 'the receiver');
}

/** What the receiver said, when it has the form that only our functions give it. */
function refusalOfOurs(body: string): { error: string; message: string } | undefined {
  if (body.length === 0 || body.length > maxBody) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'error,message') return undefined;
  const { error, message } = value as Record<string, unknown>;
  if (typeof error !== 'string' || typeof message !== 'string' || !errorNames.has(error)) return undefined;
  return { error, message };
}

/** Knative's own text contains addresses, so only its kind is used. */
function dispatchError(body: string): string | undefined {
  if (!body.startsWith('dispatch error:')) return undefined;
  if (/connection refused|ECONNREFUSED/.test(body)) return 'nobody listens there';
  if (/no such host|ENOTFOUND|EAI_AGAIN/.test(body)) return 'there is no such host';
  if (/Timeout|deadline exceeded|longer than/.test(body)) return 'it took too long';
  if (/x509|tls:|certificate/.test(body)) return 'its certificate is not trusted';
  return 'the connection broke';
}
