// What may become of the next webhook about a push to the watched branch: lost, doubled, delayed, reordered or tampered with. On a
// real Gitea nothing of this happens.
import type { Delivery, DeliveryRule, GiteaStandIn } from '../../stand-ins/gitea/index.ts';

export const nextFaults = ['lose', 'double', 'delay', 'reorder', 'tamper'] as const;
export type NextFault = (typeof nextFaults)[number];

export interface WebhookFaultView {
  next?: NextFault;
  /** A webhook is held until the next one has gone. */
  holding: boolean;
}

export interface WebhookFaults {
  view(): WebhookFaultView;
  /** One at a time; undefined: none. */
  setNext(fault: NextFault | undefined): void;
  /** Lets a held webhook go. */
  release(): void;
  close(): void;
}

/** ms; longer than what Gitea's other webhooks take, short enough to wait for. */
const delayMs = 6_000;

export interface WebhookFaultOptions {
  /** The watched one, when it is known. */
  branch(): string | undefined;
  /** The view is another one. */
  changed(): void;
  /** The delivery of that id got the chosen fault. */
  met(id: string, fault: NextFault): void;
}

export function createWebhookFaults(
  gitea: GiteaStandIn | undefined,
  { branch, changed, met }: WebhookFaultOptions,
): WebhookFaults {
  let next: NextFault | undefined;
  let held: string | undefined;

  const onDelivered = (delivery: Delivery) => {
    if (held !== undefined && delivery.uuid !== held && isOurs(delivery)) release();
  };
  gitea?.live.on('delivered', onDelivered);

  const rule: DeliveryRule = (delivery) => {
    // The merged pull request would be a second chance, so that nothing could be seen of what happens to the push.
    if (next !== undefined && next !== 'double' && delivery.eventType === 'pull_request') return 'drop';
    if (next === undefined || !isOurs(delivery)) return 'send';
    const fault = next;
    next = undefined;
    if (fault === 'reorder') held = delivery.uuid;
    changed();
    met(delivery.uuid, fault);
    switch (fault) {
      case 'lose':
        return 'drop';
      case 'double':
        // As the settings page's button does it: another delivery id, the same text.
        queueMicrotask(() => gitea?.replay(delivery.uuid));
        return 'send';
      case 'delay':
        return { delayMs };
      case 'reorder':
        return 'hold';
      case 'tamper':
        delivery.body = delivery.body.replaceAll(afterOf(delivery), 'f'.repeat(40));
        return 'send';
    }
  };

  function isOurs({ eventType, payload }: Delivery): boolean {
    if (eventType !== 'push') return false;
    const { ref } = JSON.parse(payload) as { ref?: string };
    return ref === `refs/heads/${branch() ?? 'main'}`;
  }

  function release(): void {
    const uuid = held;
    held = undefined;
    if (uuid !== undefined) gitea?.releaseDeliveries([uuid]);
    changed();
  }

  return {
    view: () => ({ ...(next ? { next } : {}), holding: held !== undefined }),
    setNext(fault) {
      next = fault;
      // Set anew each time: the demo's own story uses rules too.
      gitea?.setDeliveryRule(rule);
      changed();
    },
    release,
    close: () => void gitea?.live.off('delivered', onDelivered),
  };
}

function afterOf({ payload }: Delivery): string {
  return (JSON.parse(payload) as { after: string }).after;
}
