// What a webhook is about, for people and filters: the `subject` of its event.
import { fieldOf } from '../../events/json-object.ts';

type Payload = Readonly<Record<string, unknown>>;

/** Event types by what names their subject; of `pull_request_sync` the first word that is listed decides. */
const subjects: Readonly<Record<string, (payload: Payload) => unknown>> = {
  create: fullRef,
  delete: fullRef,
  pull_request: number,
  issues: number,
  issue: number,
  release: ({ release }) => fieldOf(release, 'tag_name'),
  status: ({ sha }) => sha,
  wiki: ({ page }) => page,
  package: ({ package: one }) => [fieldOf(one, 'name'), fieldOf(one, 'version')].filter(Boolean).join('/'),
  fork: ({ forkee }) => fieldOf(forkee, 'full_name'),
  repository: ({ repository }) => fieldOf(repository, 'full_name'),
  workflow_run: ({ workflow_run: run }) => fieldOf(run, 'id'),
  workflow_job: ({ workflow_job: job }) => fieldOf(job, 'id'),
};

/** Undefined where the payload does not say, or the type is not known here. A push's is its ref (webhook-event.ts). */
export function subjectOf(eventType: string, payload: Payload): string | undefined {
  const kind = Object.keys(subjects).find((name) => eventType === name || eventType.startsWith(`${name}_`));
  const subject = kind === undefined ? undefined : subjects[kind]?.(payload);
  return typeof subject === 'number' || (typeof subject === 'string' && subject !== '') ? String(subject) : undefined;
}

/** Gitea gives the short name, Forgejo (hooks of its own type) the full one. A tag may be named like a branch. */
function fullRef({ ref, ref_type: type }: Payload): unknown {
  if (typeof ref !== 'string' || ref === '') return undefined;
  const folder = type === 'tag' ? 'refs/tags/' : 'refs/heads/';
  return ref.startsWith(folder) ? ref : folder + ref;
}

/** Reviews and comments of a pull request name it here or there. */
function number({ number: own, pull_request: request, issue }: Payload): unknown {
  return own ?? fieldOf(request, 'number') ?? fieldOf(issue, 'number');
}
