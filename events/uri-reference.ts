// CloudEvents wants `source` to be a URI-reference (spec 1.0.2, RFC 3986); addresses as people and servers write them are
// not always one.

/** The address with everything percent-encoded that RFC 3986 forbids there; a valid one comes back unchanged. */
export function uriReference(address: string): string {
  const [, authority = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)?(.*)$/is.exec(address) ?? [];
  const [path, ...fragments] = rest.split('#');
  const fragment =
    fragments.length > 0 ? `#${percentEncode(fragments.join('%23'), /[^A-Za-z0-9\-._~:/?@!$&'()*+,;=%]+/gu)}` : '';
  return (
    percentEncode(authority, /[^A-Za-z0-9\-._~:/@!$&'()*+,;=%[\]]+/gu) +
    percentEncode(path ?? '', /[^A-Za-z0-9\-._~:/?@!$&'()*+,;=%]+/gu) +
    fragment
  );
}

/** `forbidden`: whole runs of characters at a time, so that a long one does not cost an object for each. */
function percentEncode(text: string, forbidden: RegExp): string {
  // Half characters have no bytes: U+FFFD takes their place.
  const whole = Buffer.from(text, 'utf8').toString('utf8');
  return whole.replace(/%(?![0-9a-f]{2})/gi, '%25').replace(forbidden, (run) => encodeURIComponent(run));
}
