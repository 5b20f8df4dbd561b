// Tells people what became of a promotion, in each channel that wants to know. Only to the addresses of NOTIFY_CHANNELS: an event
// can make it call nothing else.
import { limits } from '../../config/limits.ts';
import type { ChannelSettings } from '../../config/settings/channels.ts';
import { TryAgainError } from '../../events/errors.ts';
import { repeatableId } from '../../events/repeatable-id.ts';
import { checkSignature } from '../../events/signature.ts';
import { callsTo } from '../../io/calls.ts';
import { createDeadline, withDeadline } from '../../io/deadline.ts';
import type { Io } from '../../io/io.ts';
import type { EventFunction, Result } from '../function.ts';
import type { SettingsOf } from '../settings.ts';
import { functions } from '../table.ts';
import type { Channel } from './channels/channel.ts';
import { openChannel } from './channels/index.ts';
import { mainReport } from './message.ts';
import { type Notification, notificationOf } from './notification.ts';

/** By how much the clocks of Gitea and the cluster may be ahead, ms. A later time would make everything after it seem old. */
const aheadMs = 3_600_000;

interface Open {
  settings: ChannelSettings;
  channel: Channel;
}

export function createNotify(settings: SettingsOf<'notify'>, io: Io): EventFunction {
  const { channels: current, uiUrl } = settings.notify;
  const told = io.metrics.counter('notifications_total', 'Notifications by kind of channel and what became of them.');
  const calls = callsTo('channels', io);
  let given: readonly ChannelSettings[] = [];
  let channels: Open[] = [];

  /** Opened anew when their file has changed. */
  function channelsFor({ environment }: Notification) {
    const now = current();
    if (now !== given) channels = now.map((one) => ({ settings: one, channel: openChannel(one, calls) }));
    given = now;
    return channels.filter(
      ({ settings: { environments } }) =>
        environment === undefined || environments === undefined || environments.includes(environment),
    );
  }

  /** `id`: the same for each repetition. */
  async function tell({ settings: { name, kind, states }, channel }: Open, said: Notification, id: string) {
    const begins = said.isNews && (states?.includes(mainReport(said).state) ?? true);
    try {
      const outcome = await channel.tell(said, repeatableId([id, name]), begins);
      told.add({ kind, outcome });
      return outcome;
    } catch (error) {
      if (!(error instanceof TryAgainError)) throw error;
      told.add({ kind, outcome: 'failed' });
      return error;
    }
  }

  return {
    name: 'notify',
    takes: functions.notify.takes,
    async on(event): Promise<Result> {
      checkSignature(event, settings.eventSigningKey());
      const now = io.clock.now();
      const said = notificationOf(event, new Date(now).toISOString(), uiUrl);
      if (typeof said === 'string') return { outcome: 'ignored', reason: said };
      const { at, state } = mainReport(said);
      if (Date.parse(at) > now + aheadMs) return { outcome: 'ignored', reason: 'read in the future' };
      const id = repeatableId([event.source, event.id]);
      const deadline = createDeadline(io.clock, io.clock.monotonic() + limits.notify, tooLate);
      const results = await withDeadline(deadline, () =>
        Promise.all(channelsFor(said).map((channel) => tell(channel, said, id))),
      );
      // A repetition does no harm in the others.
      const failed = results.filter((one) => one instanceof TryAgainError);
      if (failed.length > 0) throw new TryAgainError(failed.map(({ message }) => message).join('; '));
      const isTold = results.some((one) => one === 'sent' || one === 'edited');
      const reason = isTold ? `${said.model}: ${state}` : 'said already, or no channel wants it';
      return { outcome: isTold ? 'done' : 'ignored', reason };
    },
  };
}

function tooLate(): TryAgainError {
  return new TryAgainError(
    'a channel was not told within the time limit of one event; it is slow, or many messages wait',
  );
}
