// All that one run of the measurements found.
import type { FromZero } from './from-zero.ts';
import type { Growth } from './growth.ts';
import type { Idle } from './idle.ts';
import type { Promotion } from './promotion.ts';
import type { Sizes } from './sizes.ts';
import type { Stranger } from './strangers.ts';
import type { Warm } from './warm.ts';

export interface Results {
  date: string;
  node: string;
  cores: number;
  quick: boolean;
  fromZero: FromZero[];
  warm: Warm[];
  warmEvents: number;
  sizes: Sizes;
  libraries: Record<string, number>;
  promotion: Promotion[];
  growth: Growth[];
  idle: Idle[];
  strangers: Stranger[];
}
