// dev.mlops.environment.observed.v1: one page of what a head of the branch says about an environment. Sent by parse on a ping.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { inPage } from '../promotions/drift.ts';
import type { EnvironmentReport } from '../promotions/promotion.ts';
import {
  applications,
  commitId,
  count,
  environment,
  flag,
  repository,
  text,
  timestamp,
  unique,
  validName,
} from './fields.ts';
import { makeForEnvironment, type Origin } from './make-event.ts';
import { reader } from './read-data.ts';

export const type = 'dev.mlops.environment.observed.v1';

const page = v.pipe(
  v.object({ from: v.string('text'), to: v.optional(text), number: count, of: count }),
  v.check(({ number, of }) => number <= of, 'a page number up to the number of pages'),
  v.check(({ from, number }) => (from === '') === (number === 1), 'an empty `from` on the first page only'),
  v.check(({ to, number, of }) => (to === undefined) === (number === of), 'no `to` on the last page only'),
);

const versions = v.pipe(
  v.array(v.object({ version: validName, applications, uri: v.optional(text) }), 'a list'),
  v.minLength(1, 'at least one version'),
  unique('version', 'every version once'),
);

export const schema = v.pipe(
  v.object({
    environment,
    ...repository,
    branch: text,
    head: commitId,
    observedAt: timestamp,
    complete: flag,
    page,
    models: v.pipe(v.array(v.object({ model: validName, versions }), 'a list'), unique('model', 'every model once')),
  }),
  // A model outside of its page would be missed on the page it belongs to, and so be taken for withdrawn.
  v.check(({ page, models }) => models.every(({ model }) => inPage(model, page)), 'only models with from <= name < to'),
);

export function make(report: EnvironmentReport, origin: Origin): CloudEvent<EnvironmentReport> {
  return makeForEnvironment(type, report, origin, String(report.page.number));
}

export const read = reader<EnvironmentReport>(type, schema);
