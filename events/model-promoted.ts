// dev.mlops.model.promoted.v1: Git deploys these versions of a model in an environment, says a head of the branch. Sent by parse.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import type { Promotion } from '../promotions/promotion.ts';
import { unique } from './fields.ts';
import type { Origin } from './make-event.ts';
import { makePromotion, promotionFields, serving } from './promotion-schema.ts';
import { readData } from './read-data.ts';

export const type = 'dev.mlops.model.promoted.v1';

export const schema = v.object({
  ...promotionFields,
  serving: v.pipe(
    v.array(serving, 'a list'),
    v.minLength(1, 'at least one version'),
    v.check(
      unique((one) => one.version),
      'every version once',
    ),
  ),
});

/** `promotion.serving` holds at least one version. */
export function make(promotion: Promotion, origin: Origin): CloudEvent<Promotion> {
  return makePromotion(type, promotion, origin);
}

/** Throws StopError 422. */
export function read(event: CloudEvent<unknown>): Promotion {
  return readData(event, type, schema);
}
