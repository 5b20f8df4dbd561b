// What all kinds of channels have in common: the contract, and how a call to a chat server goes out and what its answer means.
import type * as v from 'valibot';
import { limits } from '../../../config/limits.ts';
import type { ChannelSettings } from '../../../config/settings/channels.ts';
import { TryAgainError } from '../../../events/errors.ts';
import { type Answer, type Call, createApi, readAnswer, shaped } from '../../../io/api-client.ts';
import type { HttpResponse, Io } from '../../../io/io.ts';
import { whatCame } from '../../../io/what-came.ts';
import type { Notification } from '../notification.ts';
import { createPace } from '../pace.ts';

/** `unchanged`: it was said already, or something later is known. */
export type Outcome = 'sent' | 'edited' | 'unchanged';

export interface Channel {
  /**
   * `id`: the same for each repetition. `begins`: it may be a message of its own; otherwise it only changes one that is there.
   * Throws TryAgainError when the channel cannot be reached or refuses.
   */
  tell(said: Notification, id: string, begins: boolean): Promise<Outcome>;
  /** Sends nothing. Throws TryAgainError as `tell` does. Absent: it can only be told. */
  inspect?(): Promise<void>;
}

/** The API of a chat server. */
export interface Chat {
  /** Any status is an answer; what is no GET is a message, and waits for its turn. */
  ask(call: Call): Promise<Answer>;
  /** The JSON of an answer 200 or 201. */
  read<S extends v.GenericSchema>(call: Call, answer: Answer, schema: S): v.InferOutput<S>;
  error(call: Call, text: string): TryAgainError;
}

export function createChat(
  settings: { name: string; url: string; token: string; ca?: string | undefined },
  path: string,
  io: Io,
): Chat {
  const { name, token, ca } = settings;
  const api = createApi(
    {
      url: settings.url,
      api: path,
      token: () => token,
      tokenName: 'the token',
      scheme: 'Bearer',
      ca: () => ca,
      timeoutMs: limits.notifyCall,
      name: (method, route, host) => `${name}: ${method} ${route} at ${host}`,
    },
    io.api,
    io,
  );
  const pace = createPace(io.clock);
  return {
    ask: (call) => pace(call.method === undefined ? 'question' : 'message', () => api.send(call)),
    read(call, answer, schema) {
      if (answer.status !== 200 && answer.status !== 201) throw refused(settings, answer, [token]);
      return readAnswer(api, call, answer, (json) => shaped(schema, json, 'the answer'), 'look at url');
    },
    error: api.error,
  };
}

/** A status that is no success, in words. `secrets`: never quoted. */
export function refused(
  { name, url }: Pick<ChannelSettings, 'name' | 'url'>,
  answer: HttpResponse,
  secrets: readonly string[],
): TryAgainError {
  // Mattermost says why by the id of a text.
  const [, id] = /^\{"id":"((?:[a-z_]+\.)+[a-z_]+)"/.exec(answer.body.toString()) ?? [];
  const came = id ?? whatCame(answer, secrets);
  const { host } = new URL(url);
  return new TryAgainError(`${name}: ${host} answered ${answer.status}${came === undefined ? '' : `: ${came}`}`);
}
