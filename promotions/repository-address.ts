// When two addresses belong to the same repository. Addresses of repositories are compared nowhere else. Pure.

/** The addresses and the id by which a repository is recognised. */
export interface RepositoryIdentity {
  /** Its public address, which webhooks and people use, even if it is read at another one. */
  url: string;
  /** Other addresses of it, also of former names. */
  alsoAt?: readonly string[];
  /** The server's id, which stays when name or owner change; undefined when the server has none. */
  id?: string;
}

/**
 * Whether `noted` is this repository: it has one of its addresses or, on the same server, the same id under any name. The same
 * owner and name on another host is another repository.
 */
export function isIdentity(
  { url, alsoAt = [], id }: RepositoryIdentity,
  noted: { repository: string; repositoryId?: string | undefined },
): boolean {
  if ([url, ...alsoAt].some((address) => sameRepository(noted.repository, address))) return true;
  return id !== undefined && id === noted.repositoryId && sameServer(noted.repository, url);
}

/** Scheme, default port, letter case and a slash at the end do not matter. */
export function sameRepository(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

/** Whether two repositories are on the same server. */
function sameServer(a: string, b: string): boolean {
  const server = (address: string) => plain(address).replace(/\/[^/]+\/[^/]+$/, '');
  return server(a) === server(b);
}

/** `owner/name` as the address has it. */
export function nameIn(address: string): string {
  return /[^/]+\/[^/]+(?=\/*$)/.exec(address)?.[0] ?? '';
}

/** The address of another repository on the same server, by its `owner/name`. */
export function withName(address: string, fullName: string): string {
  return address.replace(/[^/]+\/[^/]+\/*$/, () => fullName);
}

/** The addresses other than `known`, each once. */
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
