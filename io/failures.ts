// Why a call came to no whole answer, in words of ours: messages of libraries quote addresses and headers.

/** Why there is no whole answer, in words fit for a log. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

export function tooLargeText(maxBytes: number): string {
  return `answer is larger than ${maxBytes} bytes`;
}

const words = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed before the answer was complete',
  ERR_STREAM_PREMATURE_CLOSE: 'connection closed before the answer was complete',
  EPIPE: 'connection closed before the answer was complete',
  ETIMEDOUT: 'cannot connect in time',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'name of the host cannot be looked up now',
  EHOSTUNREACH: 'host cannot be reached',
  ENETUNREACH: 'network cannot be reached',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host name',
  ERR_INVALID_ARG_VALUE: 'cannot send a request like this',
  HPE_HEADER_OVERFLOW:
    'answer with more than 16 kB of headers, as a sign-in page with many cookies gives; look at what stands in front of the server',
} satisfies Record<string, string>;

const untrusted = /CERT|SIGNATURE|ISSUER|_CA$/;

/** The code of an error or of what caused it. AggregateError: several addresses were tried; its own code is the first one's. */
export function codeOf(error: unknown): string | undefined {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const name = typeof code === 'string' ? code : cause?.code;
  return typeof name === 'string' ? name : undefined;
}

export function isUntrusted(error: unknown): boolean {
  return !(error instanceof NoAnswer) && untrusted.test(codeOf(error) ?? '');
}

/** Only codes and sentences of ours: messages of libraries quote addresses and headers. */
export function inWords(error: unknown): string {
  if (error instanceof NoAnswer) return error.message;
  const name = codeOf(error);
  if (name === undefined) return 'no answer';
  if (Object.hasOwn(words, name)) return words[name as keyof typeof words];
  if (untrusted.test(name)) return `its TLS certificate is not trusted (${name})`;
  if (/^(ERR_SSL|EPROTO|ERR_TLS)/.test(name)) return `no TLS connection (${name})`;
  if (name.startsWith('HPE_')) return `answer is not HTTP (${name})`;
  return `no answer (${name})`;
}
