// Settings of the page that `post-deployment console` serves: who may read it, and to what it links.
import { baseUrl, type Check, list, signingKey, Unexpected } from './checks.ts';
import type { Table } from './reader.ts';

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.1 */
const headerName: Check<string> = (text) =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(text)
    ? text.toLowerCase()
    : new Unexpected('the name of a header, such as X-Forwarded-User');

export const consoleTable = {
  CONSOLE_TOKEN: {
    for: 'console',
    check: list(signingKey, 'tokens'),
    secret: true,
    description:
      'Token that the page asks for (make one with `openssl rand -hex 16`), as the password of HTTP Basic (with any name) or as `Bearer`; several, separated by commas, while it is being changed. Unset: the page is served on loopback alone, or `CONSOLE_USER_HEADER` says who reads it',
  },
  CONSOLE_USER_HEADER: {
    for: 'console',
    check: headerName,
    description:
      'Header in which a login proxy in front of the page names the user, such as `X-Forwarded-User`; a request without it is refused. Only where nobody but that proxy can reach the page: whoever else can is whoever they say, a page of elsewhere in a browser on the same machine included',
  },
  ARGOCD_URL: {
    for: 'console',
    check: baseUrl,
    description: "Address of Argo CD's page, to which the page links. Unset: no link",
  },
} as const satisfies Table;
