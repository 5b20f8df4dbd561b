// HTTP for calls to Git and registry: axios, loaded at the first call because a start from zero need not wait for it, with
// an adapter of ours in place of its own (https://axios-http.com/docs/req_config, `adapter`). Its own wraps each call in
// streams, progress, redirects and forms that no call here uses: measured 0.17 ms a call and 35 ms of a start from zero.
// No proxy: HTTP_PROXY and its like are not read, because calls with a token go to the configured host and nowhere else.
import type { AxiosInstance, AxiosRequestConfig, AxiosStatic, RawAxiosResponseHeaders } from 'axios';
import { type Attempt, createHttp, type RawAnswer } from './exchange.ts';
import type { Http } from './io.ts';
import { createSender } from './node-http.ts';

/** What goes through axios to our adapter, and back. */
interface Config extends AxiosRequestConfig {
  attempt: Attempt;
}

/** Bytes pass as they are: who asked knows what they are, and a token or a blob must not be read as text on its way. */
const asTheyAre = [(data: unknown) => data];

/** Loads the library before the first call needs it; whoever calls before it is there waits for the same. */
export function loadAxios(): Promise<AxiosStatic> {
  library ??= import('axios').then((module) => module.default);
  return library;
}
let library: Promise<AxiosStatic> | undefined;

export function createAxiosHttp(): Http {
  const send = createSender();
  let instance: AxiosInstance | undefined;

  function create(axios: AxiosStatic): AxiosInstance {
    return axios.create({
      async adapter(config) {
        const answer = await send((config as typeof config & Config).attempt);
        const { status } = answer;
        const headers: RawAxiosResponseHeaders = {};
        return { status, statusText: '', headers, data: answer, config };
      },
      transformRequest: asTheyAre,
      transformResponse: asTheyAre,
      // Every status is an answer (io.ts).
      validateStatus: () => true,
    });
  }

  return createHttp(async (attempt) => {
    instance ??= create(await loadAxios());
    const { method, url, body, signal } = attempt;
    const config: Config = { method, url: url.href, data: body, signal, attempt };
    return (await instance.request<RawAnswer>(config)).data;
  });
}
