// Settings of the proxy that calls to Git and registry go through, under the names that every program knows.
import type { Proxies } from '../../io/proxies.ts';
import { anyText, proxyUrl } from './checks.ts';
import { readTable, type Table, type Values } from './reader.ts';

export const proxyTable = {
  HTTPS_PROXY: {
    for: 'servers',
    check: proxyUrl,
    anyCase: true,
    description:
      'Proxy for Gitea and registry where their address is https; may hold user and password. Never for the broker, `*.svc` and `*.svc.cluster.local`',
  },
  HTTP_PROXY: {
    for: 'servers',
    check: proxyUrl,
    anyCase: true,
    description: 'The same where it is http: that proxy sees the token',
  },
  NO_PROXY: {
    for: 'servers',
    check: anyText,
    anyCase: true,
    description:
      'What is asked without a proxy, separated by commas: names (and all below them), `.name` (below alone), IP addresses, CIDR blocks, each with `:port` if need be; `*`: everything',
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

/** For who needs them before any other setting is read. Throws SettingsError. */
export function readProxies(env: Readonly<Record<string, string | undefined>>): Proxies | undefined {
  const every = () => true;
  return proxiesOf(readTable(proxyTable, every, env, () => '').finish());
}
