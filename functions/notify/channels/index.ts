// The channel of each `kind` that NOTIFY_CHANNELS can name.
import type { ChannelSettings } from '../../../config/settings/channels.ts';
import type { Io } from '../../../io/io.ts';
import type { Channel } from './channel.ts';
import { incoming } from './incoming.ts';
import { mattermost } from './mattermost.ts';
import { slack } from './slack.ts';

export function openChannel(settings: ChannelSettings, io: Io): Channel {
  switch (settings.kind) {
    case 'slack':
      return slack(settings, io);
    case 'mattermost':
      return mattermost(settings, io);
    default:
      return incoming(settings, io);
  }
}
