// What a repository is called, and when two addresses are one repository's. The only place where such addresses are compared.

/** What a repository is called, and what it is known again by. */
export interface RepositoryIdentity {
  /** Its public address, as webhooks and people have it, by whatever address it is read. */
  url: string;
  /** Other addresses by which it is or was read, under a former name too. */
  alsoAt?: readonly string[];
  /** What its server does not change when it gets another name or owner; undefined when the server does not tell. */
  id?: string;
}

/**
 * Whether what somebody wrote down is this repository: one of its addresses or, on the same server, any name with the same id.
 * Another host with the same owner and name is another repository.
 */
export function isIdentity(
  { url, alsoAt = [], id }: RepositoryIdentity,
  noted: { repository: string; repositoryId?: string | undefined },
): boolean {
  if ([url, ...alsoAt].some((address) => sameRepository(noted.repository, address))) return true;
  return id !== undefined && id === noted.repositoryId && sameServer(noted.repository, url);
}

/** Scheme, default port, letter case and a slash at the end make no other repository. */
export function sameRepository(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

/** Whether two repositories, whatever their names, are on one server. */
function sameServer(a: string, b: string): boolean {
  const server = (address: string) => plain(address).replace(/\/[^/]+\/[^/]+$/, '');
  return server(a) === server(b);
}

/** `owner/name` as the address has it. */
export function nameIn(address: string): string {
  return /[^/]+\/[^/]+(?=\/*$)/.exec(address)?.[0] ?? '';
}

/** The address of a repository of the same server by its `owner/name`. */
export function withName(address: string, fullName: string): string {
  return address.replace(/[^/]+\/[^/]+\/*$/, () => fullName);
}

/** Each of them once, without `known`. */
export function otherThan(known: string, addresses: readonly string[]): string[] {
  const isNew = (address: string, i: number) =>
    ![known, ...addresses.slice(0, i)].some((earlier) => sameRepository(earlier, address));
  return addresses.filter(isNew);
}

/** Port 80 or 443 is dropped whatever the scheme, because the scheme is dropped as well. */
function plain(address: string): string {
  const [, host = '', path = ''] = /^https?:\/\/([^/?#]+)(.*)$/is.exec(address) ?? [];
  if (host === '') return address.toLowerCase();
  return `${host.replace(/:(?:80|443)?$/, '')}${path.replace(/\/+$/, '')}`.toLowerCase();
}
