// Our host for a function of func's contract (function-module.ts): one small server over node:http. It bounds, reads, refuses
// and drains, so that a function gets whole, valid requests only. It ends no process: that is supervise.ts.
import http from 'node:http';
import type { Socket } from 'node:net';
import type { Io } from '../io/io.ts';
import { answerBadRequest } from './bad-request.ts';
import { drain } from './drain.ts';
import type { FunctionModule } from './function-module.ts';
import { boundConnections } from './idle-connections.ts';
import { createHosting, takeRequest } from './take-request.ts';

export interface HostOptions {
  /** 0: any free one. */
  port: number;
  /** Default: all interfaces, IPv6 where there is one. */
  hostname?: string | undefined;
  /** Bytes of a request's body. */
  bodyLimit: number;
  /** ms within which a request must have come whole. */
  requestTimeoutMs: number;
  /** ms that `close` may take. */
  gracePeriodMs: number;
  io: Io;
  /** False: the function reads bytes, so neither a plain body nor the data of a binary event is parsed for it. */
  parseBody?: boolean;
}

export interface Host {
  port: number;
  /**
   * Takes no more requests, ends those that are there, then the function's `shutdown`; all within the grace period. Says
   * how many requests were cut off and whether `shutdown` ended well and gave nothing up. Called again, it gives the same answer.
   */
  close(): Promise<{ cut: number; clean: boolean }>;
}

/** Connections; above this many one that does nothing is closed. */
const maxConnections = 2_000;

/** ms; longer than Go's and Envoy's pools keep theirs (90 s, 60 s), so that a sender never writes into a connection being closed. */
const keepAliveTimeout = 120_000;

/** Runs `init`, then listens. Throws what `init` throws, and a plain sentence when the port cannot be had. */
export async function serve(module: FunctionModule, options: HostOptions): Promise<Host> {
  const { io, requestTimeoutMs } = options;
  const hosting = createHosting(module, options);
  const server = http.createServer({
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(requestTimeoutMs, 10_000),
    connectionsCheckingInterval: Math.min(1_000, Math.ceil(requestTimeoutMs / 4)),
    keepAliveTimeout,
  });
  // All of them: Node drops those beyond 2,000 unseen, a second signature among them. Their bytes are bounded (16 kB).
  server.maxHeadersCount = 0;
  const connections = boundConnections(server, maxConnections);
  server.on('connection', () => {
    hosting.connected += 1;
  });
  server.on('request', (request, response) => void takeRequest(hosting, request, response, false));
  server.on('checkContinue', (request, response) => void takeRequest(hosting, request, response, true));
  server.on('clientError', (error, socket) => {
    // What comes after a whole request must not be answered before it, nor into the middle of an answer.
    const last = hosting.lastAnswers.get(socket as Socket);
    if (last && !last.writableFinished && (last.headersSent || last.req.complete)) return void socket.destroy();
    answerBadRequest(error, socket as Socket, io.log);
  });

  await module.init?.();
  const port = await listen(server, options);
  let closing: ReturnType<Host['close']> | undefined;
  return {
    port,
    close() {
      closing ??= drain(server, hosting, () => connections.size > 0);
      return closing;
    },
  };
}

function listen(server: http.Server, { port, hostname }: HostOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const known = {
        EADDRINUSE: 'it is in use',
        EACCES: 'not permitted',
        EADDRNOTAVAIL: 'no address of this machine',
      };
      const why = known[cause.code as keyof typeof known] ?? cause.code;
      reject(new Error(`Cannot listen on port ${port}${hostname ? ` of ${hostname}` : ''}: ${why}`, { cause }));
    });
    server.listen({ port, host: hostname }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
