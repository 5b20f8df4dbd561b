// What a setting may be. Each check turns a text into its value or says what was expected instead; it corrects nothing, and never
// quotes the text (reader.ts does, unless it is a secret).
import { isIP } from 'node:net';
import { coreAttributes } from '../../events/core-attributes.ts';
import { isObject } from '../../events/json-object.ts';
import { isLoopback, isService } from '../../io/addresses.ts';
import { readTemplate } from '../../promotions/deployment-template.ts';
import { isEnvironmentName } from '../../promotions/environment-name.ts';

/** What a check returns instead of a value. `secret`: the text must not be shown. `came`: what may be said about it instead. */
export class Unexpected {
  readonly expected: string;
  readonly secret: boolean;
  readonly came: string | undefined;
  constructor(expected: string, secret = false, came?: string) {
    this.expected = expected;
    this.secret = secret;
    this.came = came;
  }
}

export type Check<T> = (text: string) => T | Unexpected;

export function oneOf<const T extends string>(...choices: T[]): Check<T> {
  return (text) => choices.find((choice) => choice === text) ?? new Unexpected(`one of ${choices.join(', ')}`);
}

export function wholeNumber(least: number, most: number): Check<number> {
  return (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most
      ? Number(text)
      : new Unexpected(`a whole number from ${least} to ${most}`);
}

export const ipAddress: Check<string> = (text) =>
  isIP(text) ? text : new Unexpected('an IP address, such as 127.0.0.1 or ::1');

export const trueOrFalse: Check<boolean> = (text) =>
  text === 'true' || (text === 'false' ? false : new Unexpected('true or false'));

/** http(s), without credentials, query and fragment; with a path or without. Slashes at the end are removed. */
export const baseUrl: Check<string> = (text) => {
  const url = httpUrl(text);
  return url instanceof Unexpected ? url : url.replace(/\/+$/, '');
};

/** As baseUrl, but refuses an address that ends with the path of the API (`end`): people paste it from documentation with that path. */
export function serverUrl(end: RegExp, path: string): Check<string> {
  return (text) => {
    const url = baseUrl(text);
    return typeof url === 'string' && end.test(url)
      ? new Unexpected(`the address of the server, to which ${path} is added`)
      : url;
  };
}

/** As baseUrl, but the path is kept as it is: events are posted to exactly this address. */
export const httpUrl: Check<string> = (text) => {
  const wanted = 'a URL that begins with http:// or https://';
  if (!/^https?:\/\/[^/?#\\]/i.test(text) || /[\s\\]/.test(text) || !URL.canParse(text)) {
    // A text that cannot be parsed can still contain a password.
    return new Unexpected(wanted, text.includes('@'));
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /^https?:\/\/[^/?#]*@/i.test(text))
    return new Unexpected(`${wanted} and has no user name or password in it`, true);
  // A query may contain a token.
  if (/[?#]/.test(text)) return new Unexpected(`${wanted} and has no query or fragment`, true);
  return url.origin + url.pathname;
};

/** A path on a server, without a slash at its end. */
export const urlPath: Check<string> = (text) =>
  /^(?:\/[\w.~!$&'()+,;=:@%-]+)+\/?$/.test(text)
    ? text.replace(/\/$/, '')
    : new Unexpected('a path that begins with /, such as /api/model_registry/v1alpha3');

/** Characters that an HTTP header may have. */
export const token: Check<string> = (text) =>
  /^[\x21-\x7e]+$/.test(text) ? text : new Unexpected('printable ASCII without spaces');

/** As HTTP Basic sends it, before a colon and the password. */
export const userName: Check<string> = (text) =>
  /^[^:\s\p{C}]+$/u.test(text) ? text : new Unexpected('the name of a user, without spaces and colons', true);

export const anyText: Check<string> = (text) => text;

/** Somebody who has seen one signed message can try all short keys. Tokens may have any length: others create them. */
const leastKey = 16;

/** A key of an HMAC. */
export const signingKey: Check<string> = (text) => {
  const { length } = [...text.trim()];
  if (length >= leastKey) return text;
  const came = `${length} character${length === 1 ? '' : 's'}`;
  return new Unexpected(`at least ${leastKey} characters (\`openssl rand -hex 32\` makes 64)`, true, came);
};

/** Items between commas, without the spaces around them, each once. */
export function list<T extends string>(item: Check<T>, what: string): Check<T[]> {
  return (text) => {
    const values: T[] = [];
    const parts = text.split(',').map((piece) => piece.trim());
    for (const [i, part] of parts.entries()) {
      if (part === '') return new Unexpected(`${what}, separated by commas, none of them empty`);
      const value = item(part);
      if (value instanceof Unexpected) {
        const { expected, secret, came } = value;
        return parts.length > 1 && came !== undefined
          ? new Unexpected(`${expected} in each, separated by commas`, secret, `${came} in number ${i + 1}`)
          : value;
      }
      if (!values.includes(value)) values.push(value);
    }
    return values;
  };
}

/** `owner/name`, with the characters that Gitea, Forgejo and Gogs allow. */
export const repositoryName: Check<string> = (text) => {
  const names = text.split('/');
  const valid = names.length === 2 && names.every((name) => /^[\w.-]+$/.test(name) && !/^\.{1,2}$/.test(name));
  return valid ? text : new Unexpected('owner/name');
};

/** git check-ref-format, of a branch without `refs/heads/`. */
export const branchName: Check<string> = (text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids them in names
  /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^[-/]|[/.]$|\.lock$|^refs\//.test(text)
    ? new Unexpected('the short name of a branch, such as main')
    : text;

export const environmentName: Check<string> = (text) =>
  isEnvironmentName(text)
    ? text
    : new Unexpected('names made of a-z, 0-9 and - that are no field of the registry (id, name, state, …)');

/** `*`: all. */
export const environments: Check<string[] | '*'> = (text) =>
  text.trim() === '*' ? '*' : list(environmentName, 'names of environments (or *)')(text);

export const deploymentFile: Check<string> = (text) => {
  const read = readTemplate(text);
  return 'expected' in read ? new Unexpected(read.expected) : text;
};

/** `prod=user1-prod,test=user1-test`: where each environment runs. */
export const namespaces: Check<Readonly<Record<string, string>>> = (text) => {
  const pairs = text.split(',').map((pair) => pair.trim().split('='));
  const isRight = pairs.every(
    ([environment = '', name = '', ...more]) =>
      isEnvironmentName(environment) && typeof namespace(name) === 'string' && more.length === 0,
  );
  if (!isRight || new Set(pairs.map(([environment]) => environment)).size < pairs.length)
    return new Unexpected('environments with their namespaces, each once, such as test=user1-test,prod=user1-prod');
  return Object.fromEntries(pairs) as Record<string, string>;
};

/** What serves a model: an InferenceService, or a Deployment with the container whose image is the model. */
export interface ServingWorkload {
  /** With `{name}` for the model's, or `{application}`, once. */
  name: string;
  container?: string;
}

export const servingWorkload: Check<ServingWorkload> = (text) => {
  const [kind, name = '', container, ...more] = text.split('/');
  const isService =
    kind === 'inferenceservice' && container === undefined && /^[a-z0-9.-]*\{name\}[a-z0-9.-]*$/.test(name);
  if (isService) return { name };
  const isDeployment =
    kind === 'deployment' &&
    /^[a-z0-9.-]*\{(name|application)\}[a-z0-9.-]*$/.test(name) &&
    container !== undefined &&
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(container) &&
    more.length === 0;
  if (isDeployment) return { name, container };
  return new Unexpected(
    'inferenceservice/ and the name of the InferenceService, with {name} for the name of the model; or deployment/, the name of the Deployment, with {application} or {name}, and after another / that of the container',
  );
};

/** Of Kubernetes. */
export const namespace: Check<string> = (text) =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text) ? text : new Unexpected('the name of a namespace');

/** A URI with `{key}` for values of the deployment file. */
export const uriTemplate: Check<string> = (text) =>
  /^(?:[^\s{}]|\{[\w.-]+\})+$/.test(text)
    ? text
    : new Unexpected('a URI with {key} for keys of the file, braces in pairs, without spaces');

/** What a Knative source or binding adds to every event: `{"extensions": {"name": "value"}}`. */
export const ceOverrides: Check<Readonly<Record<string, string>>> = (text) => {
  const wanted = new Unexpected(
    'JSON such as {"extensions": {"name": "value"}}, names of a-z and 0-9 that are no attribute of every event',
  );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wanted;
  }
  const extensions = isObject(value) ? (value.extensions ?? {}) : undefined;
  if (!isObject(extensions)) return wanted;
  for (const [name, extension] of Object.entries(extensions)) {
    if (!/^[a-z0-9]+$/.test(name) || coreAttributes.has(name) || typeof extension !== 'string') return wanted;
  }
  return Object.freeze({ ...(extensions as Record<string, string>) });
};

/** One or more certificates. */
export const certificates: Check<string> = (text) =>
  /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(text)
    ? text
    : new Unexpected('PEM certificates (-----BEGIN CERTIFICATE-----)');

/** True for https, and for http to this machine or to a Service of the cluster. */
export function staysPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname) || isService(hostname);
}

/** May contain a user name and a password, and is never shown. Without a scheme it is http, as in Go. */
export const proxyUrl: Check<string> = (text) => {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const valid = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  return valid ? url : new Unexpected('the address of a proxy, such as http://proxy.example:3128', true);
};
