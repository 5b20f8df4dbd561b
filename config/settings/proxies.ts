// Settings of the proxy for calls to Git and the registry, under the names that most programs know.
import type { Proxies } from '../../io/proxies.ts';
import { anyText, proxyUrl } from './checks.ts';
import { readTable, type Table, type Values } from './reader.ts';

export const proxyTable = {
  HTTPS_PROXY: {
    for: 'servers',
    check: proxyUrl,
    anyCase: true,
    description:
      'Proxy for https addresses of Gitea, the registry and channels; may contain user and password. Never used for the broker, `*.svc` and `*.svc.cluster.local`',
  },
  HTTP_PROXY: {
    for: 'servers',
    check: proxyUrl,
    anyCase: true,
    description: 'Proxy for http addresses of Gitea, the registry and channels. It can read the token',
  },
  NO_PROXY: {
    for: 'servers',
    check: anyText,
    anyCase: true,
    description:
      'Hosts that are called without a proxy, separated by commas: names (with all their subdomains), `.name` (only subdomains), IP addresses and CIDR blocks, each with an optional `:port`; `*`: all',
  },
} as const satisfies Table;

/** Undefined without a proxy. */
export function proxiesOf({
  HTTPS_PROXY,
  HTTP_PROXY,
  NO_PROXY,
}: Partial<Values<typeof proxyTable>>): Proxies | undefined {
  if (HTTPS_PROXY === undefined && HTTP_PROXY === undefined) return undefined;
  return {
    ...(HTTP_PROXY === undefined ? {} : { http: HTTP_PROXY }),
    ...(HTTPS_PROXY === undefined ? {} : { https: HTTPS_PROXY }),
    ...(NO_PROXY === undefined ? {} : { no: NO_PROXY }),
  };
}

/** For code that needs them before any other setting is read. Throws SettingsError. */
export function readProxies(env: Readonly<Record<string, string | undefined>>): Proxies | undefined {
  const every = () => true;
  return proxiesOf(readTable(proxyTable, every, env, () => '').finish());
}
