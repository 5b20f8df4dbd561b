// Where a payload says that it comes from. Webhooks of an organisation or of a package may name no repository.
import { fieldOf } from '../../events/json-object.ts';
import type { Delivery } from '../forge.ts';
import { publicAddress } from './identity.ts';

/** Nothing where the payload names neither a repository nor an account. */
export function originOf(payload: Delivery['payload']): Pick<Delivery, 'repository' | 'source' | 'partitionkey'> {
  const { repository, organization, sender } = payload;
  const fullName = text(repository, 'full_name');
  const named = fullName === undefined ? {} : { repository: fullName.toLowerCase() };
  const page = text(repository, 'html_url');
  if (page !== undefined) {
    // Of a merge by the API, the page's host is that of whoever called.
    const source = publicAddress({ html_url: page, url: text(repository, 'url') });
    return { ...named, source, partitionkey: fullName ?? source };
  }
  for (const account of [organization, fieldOf(payload.package, 'owner'), sender]) {
    const source = text(account, 'html_url');
    if (source !== undefined) return { ...named, source, partitionkey: text(account, 'login') ?? source };
  }
  return named;
}

function text(value: unknown, name: string): string | undefined {
  const found = fieldOf(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}
