// What promoted and withdrawn have in common: their data is a Promotion (promotions/promotion.ts), with or without `serving`.
import * as v from 'valibot';
import {
  applications,
  commitId,
  count,
  environment,
  flag,
  httpUrl,
  repository,
  text,
  timestamp,
  validName,
} from './fields.ts';

const person = v.object({ login: v.optional(v.string('text')), name: v.optional(v.string('text')) });

const pullRequest = v.object({ number: count, url: httpUrl, title: v.string('text'), mergeCommit: commitId });

export const serving = v.object({
  version: validName,
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
  model: validName,
  cause: v.picklist(['push', 'reconcile'], '"push" or "reconcile"'),
  ...repository,
  branch: text,
  head: commitId,
  observedAt: timestamp,
  complete: flag,
};
