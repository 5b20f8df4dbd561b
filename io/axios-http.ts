// HTTP for calls to Git and registry: axios, loaded at the first call because it costs some 50 ms of a start from zero.
// No proxy: HTTP_PROXY and its like are not read, because calls with a token go to the configured host and nowhere else.
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { AxiosStatic } from 'axios';
import { createConnections } from './connections.ts';
import { createHttp, NoAnswer, StaleConnection, tooLargeText, watchForStaleness } from './exchange.ts';
import type { Http } from './io.ts';

/** Once: an import() for each call would copy the exports of the bundled module each time. */
let library: Promise<AxiosStatic> | undefined;

function loadAxios(): Promise<AxiosStatic> {
  library ??= import('axios').then((module) => module.default);
  return library;
}

export function createAxiosHttp(): Http {
  const connections = createConnections();

  return createHttp(async (attempt) => {
    const axios = await loadAxios();
    const { request: open, kept, single } = await connections(attempt.url.protocol);
    const agent = attempt.fresh ? single : kept;
    let isStale: ((error: unknown) => boolean) | undefined;
    let answer: IncomingMessage | undefined;

    /** axios's own way to Node, but with our connections and CA, and with eyes on the answer. */
    const transport = {
      request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
        const request = open(
          { ...options, agent, ...(attempt.ca === undefined ? {} : { ca: attempt.ca }) },
          (response) => {
            answer = response;
            onResponse(response);
          },
        );
        isStale = watchForStaleness(request);
        return request;
      },
    };

    try {
      const response = await axios.request<Buffer>({
        method: attempt.method,
        url: attempt.url.href,
        // `false` keeps axios from adding a form's content type to a request that names none.
        headers: { 'content-type': false, ...attempt.headers },
        data: attempt.body,
        transport,
        signal: attempt.signal,
        responseType: 'arraybuffer',
        // exchange.ts decodes: axios takes a gzip body that ends too early for a whole one.
        decompress: false,
        maxRedirects: 0,
        maxContentLength: attempt.maxBytes,
        maxBodyLength: Number.POSITIVE_INFINITY,
        proxy: false,
        transformRequest: [(data: unknown) => data],
        transformResponse: [(data: unknown) => data],
        validateStatus: () => true,
      });
      return { status: response.status, rawHeaders: answer!.rawHeaders, body: response.data };
    } catch (cause) {
      if (answer === undefined && isStale?.(cause)) throw new StaleConnection('stale', { cause });
      const tooLarge = axios.isAxiosError(cause) && cause.message.startsWith('maxContentLength');
      if (tooLarge) throw new NoAnswer(tooLargeText(attempt.maxBytes), { cause });
      if (answer !== undefined) throw new NoAnswer('connection closed before the answer was complete', { cause });
      throw cause;
    }
  });
}
