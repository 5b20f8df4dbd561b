// What the page is told of an answer of registry-writer: whether a run that ends with it is called done, or left alone.
import assert from 'node:assert/strict';
import { registryUpdated } from '../../../events/index.ts';
import { tellOfEvent } from '../../../local/console/words-of-event.ts';

describe('console: a run that registry-writer answers', () => {
  for (const [outcome, reason, isLeft] of [
    ['changed', '', false],
    ['unchanged', '', false],
    ['ignored', 'no registered model has the name karaoke', true],
    ['ignored', 'not registered: karaoke 9.9.9; prod stays on what holds it', true],
    ['ignored', 'the ownership marker of the model names http://git.example/other/repository', true],
    // What came later has said it.
    ['ignored', 'older than what is known: this head was read at noon', false],
  ] as const)
    it(`is ${isLeft ? 'left alone' : 'done'} when the label is ${outcome}${reason && `, because ${reason}`}`, () => {
      const told = tellOfEvent({
        attributes: { type: registryUpdated.type },
        data: Buffer.from(JSON.stringify({ environment: 'prod', model: 'karaoke', outcome, reason, changes: [] })),
        passed: {},
      });
      assert.equal(told.isLeftAlone, isLeft);
    });
});
