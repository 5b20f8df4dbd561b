// What promoted and withdrawn have in common: their data is a Promotion (promotions/promotion.ts), with or without `serving`.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import type { Promotion } from '../promotions/promotion.ts';
import { applications, commitId, count, environment, flag, httpUrl, repository, text, timestamp } from './fields.ts';
import { makeEvent, type Origin } from './make-event.ts';
import { repeatableId } from './repeatable-id.ts';

const person = v.object({ login: v.optional(v.string('text')), name: v.optional(v.string('text')) });

const pullRequest = v.object({ number: count, url: httpUrl, title: v.string('text'), mergeCommit: commitId });

export const serving = v.object({
  version: text,
  applications,
  path: text,
  commit: commitId,
  uri: v.optional(text),
  promotedAt: timestamp,
  promotedBy: person,
  pullRequest: v.optional(pullRequest),
  continues: v.optional(flag),
});

/** All fields of a Promotion but `serving`. */
export const promotionFields = {
  environment,
  model: text,
  cause: v.picklist(['push', 'reconcile'], '"push" or "reconcile"'),
  ...repository,
  branch: text,
  head: commitId,
  observedAt: timestamp,
  complete: flag,
};

/** The same head, asked about by the same event, gives the same id. */
export function makePromotion(type: string, promotion: Promotion, origin: Origin): CloudEvent<Promotion> {
  const { environment, model, head, repository } = promotion;
  const { cause, time, traceparent } = origin;
  return makeEvent(
    {
      id: repeatableId([cause.source, cause.id, type, environment, model, head]),
      type,
      source: repository,
      subject: `${environment}/${model}`,
      // All writes to one model go one after the other, whatever the environment: a write replaces a whole property map.
      partitionkey: model,
      time,
      traceparent,
    },
    promotion,
  );
}
