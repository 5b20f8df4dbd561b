// dev.mlops.model.promoted.v1: Git deploys these versions of a model in an environment, says a head of the branch. Sent by parse.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import type { Promotion } from '../promotions/promotion.ts';
import { unique } from './fields.ts';
import { makeForModel, type Origin } from './make-event.ts';
import { promotionFields, serving } from './promotion-schema.ts';
import { reader } from './read-data.ts';

export const type = 'dev.mlops.model.promoted.v1';

export const schema = v.object({
  ...promotionFields,
  serving: v.pipe(
    v.array(serving, 'a list'),
    v.minLength(1, 'at least one version'),
    unique('version', 'every version once'),
  ),
});

/** `promotion.serving` holds at least one version. */
export function make(promotion: Promotion, origin: Origin): CloudEvent<Promotion> {
  return makeForModel(type, promotion.repository, promotion, origin);
}

export const read = reader<Promotion>(type, schema);
