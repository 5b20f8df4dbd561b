// Connections of a client: kept open between calls, or used once. One pool per host and CA, as Node's agents keep them.
import type { Agent, AgentOptions, request } from 'node:http';
import querystring from 'node:querystring';
import type { HttpsProxyAgent as ProxyAgent } from 'https-proxy-agent';

export interface Connections {
  /** Node's own function for this scheme. */
  request: typeof request;
  kept: Agent;
  single: Agent;
}

/** What a request carries beside Node's own options: its time limit. */
export interface Limited {
  limit?: AbortSignal;
}

/** ms per address of a host that has several. Node's 250 cut off every address of a distant host (nodejs/node#54359). */
const autoSelectFamilyAttemptTimeout = 2_000;

/**
 * By scheme and proxy, opened when first asked for: TLS costs 3 ms of a start from zero that a broker inside the cluster never
 * needs, and the libraries for proxies are there for who has one.
 */
export function createConnections(): (protocol: string, proxy?: URL) => Promise<Connections> {
  const opened = new Map<string, Promise<Connections>>();
  return (protocol, proxy) => {
    const key = proxy === undefined ? protocol : `${protocol} ${proxy.href}`;
    const known = opened.get(key) ?? open(protocol, proxy);
    opened.set(key, known);
    return known;
  };
}

async function open(protocol: string, proxy: URL | undefined): Promise<Connections> {
  const { default: scheme } = protocol === 'https:' ? await import('node:https') : await import('node:http');
  const agent =
    proxy === undefined ? (options: AgentOptions) => new scheme.Agent(options) : await through(proxy, protocol);
  return {
    request: scheme.request,
    kept: agent({ keepAlive: true, autoSelectFamilyAttemptTimeout }),
    single: agent({ keepAlive: false, autoSelectFamilyAttemptTimeout }),
  };
}

/** HTTPS goes through a tunnel (CONNECT), plain HTTP is asked of the proxy, which may read it, as every proxy expects. */
async function through(proxy: URL, protocol: string): Promise<(options: AgentOptions) => Agent> {
  // A copy: the libraries write the address they are given into their debug output (DEBUG=*), and it must hold no password.
  const address = new URL(proxy);
  const credentials = takeCredentials(address);
  const headers: Record<string, string> = credentials === undefined ? {} : { 'Proxy-Authorization': credentials };
  if (protocol === 'https:') {
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    /** Gives a tunnel up in time: the library would wait for a silent proxy for ever, with the connection open. */
    class Tunnel extends HttpsProxyAgent<string> {
      override async connect(...[request, options]: Parameters<ProxyAgent<string>['connect']>) {
        const waiting = new AbortController();
        const { limit } = options as Limited;
        const giveUp = () => waiting.abort();
        limit?.addEventListener('abort', giveUp);
        // Read at once, before anything is waited for.
        this.connectOpts = { ...this.connectOpts, signal: waiting.signal } as typeof this.connectOpts;
        return super.connect(request, options).finally(() => limit?.removeEventListener('abort', giveUp));
      }
    }
    return (options) => new Tunnel(address.href, { ...options, headers });
  }
  const { HttpProxyAgent } = await import('http-proxy-agent');
  return (options) => new HttpProxyAgent(address, { ...options, headers });
}

/** Takes user and password out of the URL, as the value of a header; undefined when there are none. */
export function takeCredentials(url: URL): string | undefined {
  const { username, password } = url;
  if (username === '' && password === '') return undefined;
  url.username = '';
  url.password = '';
  const credentials = [username, password].map((part) => querystring.unescape(part)).join(':');
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
