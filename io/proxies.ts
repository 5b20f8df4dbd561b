// Which proxy stands between us and an address. NO_PROXY is read as programs in Go read it, because OpenShift writes it for them
// (https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config): `*`, names with all below them, `.name` for those below alone,
// IP addresses, CIDR blocks, each but the last with a port if need be. Pure.
import { BlockList, isIP } from 'node:net';
import { isLoopback, isService } from './addresses.ts';

/** Addresses of proxies by the scheme of what is asked, with their credentials; `no`: what is asked directly. */
export interface Proxies {
  http?: string;
  https?: string;
  no?: string;
}

/** Undefined: ask directly. */
export type ProxyChoice = (url: URL) => URL | undefined;

export function createProxyChoice({ http, https, no = '' }: Proxies): ProxyChoice {
  const proxies: Readonly<Record<string, URL | undefined>> = {
    'http:': http === undefined ? undefined : new URL(http),
    'https:': https === undefined ? undefined : new URL(https),
  };
  const exceptions = no
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(readException);
  return ({ protocol, hostname, port }) => {
    const proxy = proxies[protocol];
    if (proxy === undefined) return undefined;
    const host = hostname.replace(/^\[|\]$|\.$/g, '');
    // No proxy knows the cluster's names, and none but our own neighbour can mean this machine by "localhost".
    if (isService(host) || (isLoopback(host) && !isLoopback(proxy.hostname))) return undefined;
    const number = port || (protocol === 'https:' ? '443' : '80');
    return exceptions.some((matches) => matches(host, number)) ? undefined : proxy;
  };
}

type Matches = (host: string, port: string) => boolean;

function readException(text: string): Matches {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const matches = readHost(bracketed ?? plain ?? text.replace(/^\[|\]$/g, ''));
  return (host, number) => (port === undefined || port === number) && matches(host);
}

/** What makes no sense matches nothing. */
function readHost(text: string): (host: string) => boolean {
  if (text === '*') return () => true;
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  if (family !== 0) {
    const block = new BlockList();
    const most = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (!(prefix <= most)) return () => false;
    block.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
    return (host) => isIP(host) !== 0 && block.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
  }
  const name = text.replace(/^\*(?=\.)|\.$/g, '');
  const below = name.startsWith('.') ? name : `.${name}`;
  return (host) => host === name || host.endsWith(below);
}
