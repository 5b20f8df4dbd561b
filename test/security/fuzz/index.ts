// All that is fuzzed. A target is made when it is asked for, because some hold servers.
import { answers } from './answers.ts';
import { requests } from './requests.ts';
import type { Target } from './target.ts';
import { texts } from './texts.ts';

export const targets: readonly (() => Target)[] = [...requests, ...answers, ...texts];
