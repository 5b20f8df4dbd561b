// At rest: what runs and what is asked per hour while nothing is merged. Calls are those of one recorded reconcile; how long
// a Pod stays after its last request is Knative's default (stable window 60 s, grace 30 s). Computed, not waited for.
import type { Recording } from './record.ts';

const reconcilesPerHour = 2;
/** Seconds a Pod lives beyond its last request: 60 to 90 by Knative's defaults. */
const linger = 90;

export interface Idle {
  what: string;
  /** Pods running, on average over the hour. */
  pods: number;
  giteaRequests: number;
  registryRequests: number;
  volumes: string;
}

export function atRest({ reconcile }: Recording): Idle[] {
  const woken = (functions: number) => (reconcilesPerHour * functions * linger) / 3600;
  const requests = {
    giteaRequests: reconcilesPerHour * reconcile.gitea,
    registryRequests: reconcilesPerHour * reconcile.registry,
    volumes: 'none',
  };
  return [
    // A reconcile wakes parse and registry-writer.
    { what: 'scaled to zero (default)', pods: woken(2), ...requests },
    { what: '`giteaSource.minScale: 1`', pods: 1 + woken(2), ...requests },
    { what: '`mode: deployment`', pods: 1, ...requests },
    { what: 'Tekton pipeline', pods: 1, giteaRequests: 0, registryRequests: 0, volumes: '3 GiB, and one shared' },
  ];
}
