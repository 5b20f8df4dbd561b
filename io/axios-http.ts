// HTTP for calls to Git and registry: axios, loaded at the first call because a start from zero need not wait for it, with
// an adapter of ours in place of its own (https://axios-http.com/docs/req_config, `adapter`). Its own wraps each call in
// streams, progress, redirects and forms that no call here uses: measured 0.17 ms a call and 35 ms of a start from zero.
// Proxies are those it is given: axios itself would read the environment, and NO_PROXY without CIDR blocks.
import type { Axios, AxiosAdapter, AxiosStatic, RawAxiosResponseHeaders } from 'axios';
import { type Attempt, createHttp, type RawAnswer } from './exchange.ts';
import type { Http } from './io.ts';
import { createSender } from './node-http.ts';
import type { ProxyChoice } from './proxies.ts';

/** Loads the library before the first call needs it; whoever calls before it is there waits for the same. */
export function loadAxios(): Promise<AxiosStatic> {
  library ??= import('axios').then((module) => module.default);
  return library;
}
let library: Promise<AxiosStatic> | undefined;

export function createAxiosHttp(proxyFor?: ProxyChoice): Http {
  const send = createSender(proxyFor);
  let instance: Axios | undefined;

  /** Of its own for each call: what stands in the config instead, axios copies key by key, headers and all. */
  function adapterFor(attempt: Attempt): AxiosAdapter {
    return async (config) => {
      const answer = await send(attempt);
      const headers: RawAxiosResponseHeaders = {};
      return { status: answer.status, statusText: '', headers, data: answer, config };
    };
  }

  return createHttp(async (attempt) => {
    // No defaults of its own: no transforms, because who asked knows what the bytes are, and a token or a blob must not be read
    // as text on its way; no check of the status, because every status is an answer (io.ts). And each costs, at every call.
    instance ??= new (await loadAxios()).Axios({});
    const { method, url, body } = attempt;
    const config = { method, url: url.href, data: body, adapter: adapterFor(attempt) };
    return (await instance.request<RawAnswer>(config)).data;
  });
}
