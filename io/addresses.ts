// Kinds of hosts: those that no proxy and no stranger stands before. Names as in a URL, IPv6 with or without brackets.

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
