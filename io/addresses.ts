// Which hosts are this machine's or the cluster's own, and when two URLs are the same. Names of hosts as in a URL, IPv6 with or without
// brackets.

/** This machine's own. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/\.$/, '');
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    /^(?:\[::1\]|::1)$/.test(name) ||
    /^127\.\d+\.\d+\.\d+$/.test(name)
  );
}

/** A Service of the cluster, which is known inside it alone. */
export function isService(host: string): boolean {
  return /^[^.].*\.svc(?:\.cluster\.local)?\.?$/.test(host);
}

/** Whether both lead to the same place, however they are written. */
export function sameUrl(a: string, b: string): boolean {
  const plain = (url: string) => (URL.canParse(url) ? new URL(url).href : url);
  return plain(a) === plain(b);
}
