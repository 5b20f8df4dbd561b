// What people do, for the page's buttons: over Gitea's API, as a person with a token does it, so that webhooks follow by
// themselves. On a real Gitea nothing of this is offered.
import { ActionError, type Actions } from '../../console/action.ts';
import { callJson, type Server } from '../../stand-ins/json-call.ts';
import { personAgent } from './readers.ts';
import type { RunningSystem } from './system.ts';

/** As Gitea's API names them. */
export const mergeStyles = ['merge', 'squash', 'rebase', 'rebase-merge', 'fast-forward-only'] as const;

/** Gitea's own words go to the person, cut to this. */
const maxWords = 300;

export function createGitActions(system: RunningSystem, branchOf: () => string | undefined): Actions {
  const { gitea } = system;
  const server: Server = { ...gitea, userAgent: personAgent };
  const repo = `/repos/${gitea.repository}`;
  const branch = () => branchOf() ?? 'main';
  const ask = async <T>(...[method, path, body]: [Parameters<typeof callJson>[1], string, unknown?]): Promise<T> => {
    try {
      return await callJson<T>(server, method, path, body);
    } catch (error) {
      throw new ActionError(inWords(error as Error));
    }
  };
  const contents = (path: string) => `${repo}/contents/${path.split('/').map(encodeURIComponent).join('/')}`;
  const current = async (path: string) => {
    const { sha, content } = await ask<{ sha: string; content: string }>(
      'GET',
      `${contents(path)}?ref=${encodeURIComponent(branch())}`,
    );
    return { sha, text: Buffer.from(content, 'base64').toString('utf8') };
  };

  return {
    async merge(fields) {
      const number = fields.number('number');
      const style = fields.text('style');
      if (!(mergeStyles as readonly string[]).includes(style))
        throw new ActionError(`expected a merge style, one of ${mergeStyles.join(', ')}; came ${style}`);
      await ask('POST', `${repo}/pulls/${number}/merge`, { Do: style });
      return `Pull request #${number} was merged (${style})`;
    },

    async 'close-request'(fields) {
      const number = fields.number('number');
      await ask('PATCH', `${repo}/pulls/${number}`, { state: 'closed' });
      return `Pull request #${number} was closed without a merge`;
    },

    async promote(fields) {
      const path = fields.text('path');
      const version = fields.text('version');
      const { sha, text } = await current(path);
      const line = `version: ${JSON.stringify(version)}`;
      const changed = /^version:.*$/m.test(text)
        ? text.replace(/^version:.*$/m, () => line)
        : `${text.trimEnd()}\n${line}\n`;
      if (changed === text) throw new ActionError(`${path} says version ${version} already`);
      const [, environment, application] = path.split('/');
      const title = `Promote ${application} ${version} to ${environment}`;
      const branches = await ask<{ name: string }[]>('GET', `${repo}/branches?limit=50`);
      const head = freeName(
        `${application}-${version}`.replace(/[^\w.-]+/g, '-'),
        new Set(branches.map((one) => one.name)),
      );
      await ask('PUT', contents(path), {
        branch: branch(),
        new_branch: head,
        sha,
        message: title,
        content: base64(changed),
      });
      const pull = await ask<{ number: number }>('POST', `${repo}/pulls`, { base: branch(), head, title });
      return `Pull request #${pull.number} was opened: ${title}`;
    },

    async edit(fields) {
      const path = fields.text('path');
      const text = fields.optional('text') ?? '';
      const { sha } = await current(path);
      await ask('PUT', contents(path), { branch: branch(), sha, message: `Edit ${path}`, content: base64(text) });
      return `${path} was edited on ${branch()}`;
    },

    async delete(fields) {
      const path = fields.text('path');
      const { sha } = await current(path);
      const application = path.split('/').slice(1, -1).join('/');
      await ask('DELETE', contents(path), { branch: branch(), sha, message: `Delete ${application}` });
      return `${application} was deleted on ${branch()}`;
    },

    async revert(fields) {
      const commit = fields.text('commit');
      // Gitea reverts on a page of its own, not by its API.
      const handle = gitea.standIn?.repository(gitea.repository);
      try {
        handle?.revert(commit, { branch: branch() });
      } catch (error) {
        throw new ActionError(`It cannot be reverted: ${(error as Error).message}`);
      }
      return `Commit ${commit.slice(0, 10)} was reverted on ${branch()}`;
    },
  };
}

/** `name`, or with a number behind it when it is taken. */
function freeName(name: string, taken: ReadonlySet<string>, n = 1): string {
  const candidate = n === 1 ? name : `${name}-${n}`;
  return taken.has(candidate) ? freeName(name, taken, n + 1) : candidate;
}

function inWords({ message, cause }: Error): string {
  if (cause !== undefined || message === 'fetch failed') return 'Gitea does not answer';
  const said = /came (\d{3}) (.*)$/s.exec(message);
  if (!said) return message.slice(0, maxWords);
  const text = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(said[2]!)?.[1] ?? '';
  return `Gitea answered ${said[1]}${text ? `: ${text}` : ''}`.slice(0, maxWords);
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
