// Settings of whoever posts to the broker: where it is, whom to trust there, and as whom to come. What SinkBinding sets and mounts.
// https://github.com/knative/eventing/blob/main/pkg/apis/sources/v1/sinkbinding_lifecycle.go

import { anyText, ceOverrides, certificates, httpUrl, staysPrivate, token } from './checks.ts';
import { besideSystem, readFolder } from './cluster-files.ts';
import type { Reading, Table, Values } from './reader.ts';

export const sinkTable = {
  K_SINK: {
    for: 'all',
    check: httpUrl,
    description:
      'Where events go: the broker (set by SinkBinding). Never asked through a proxy. Unset: events are the answer',
  },
  K_CE_OVERRIDES: {
    for: 'all',
    check: ceOverrides,
    description: 'JSON: extensions added to every event (set by SinkBinding)',
  },
  K_CA_CERTS: {
    for: 'all',
    check: certificates,
    description: "Certificates (PEM, the text itself) to trust at `K_SINK`, beside the system's (set by SinkBinding)",
  },
  SINK_CA_FOLDER: {
    for: 'all',
    check: anyText,
    default: '/knative-custom-certs',
    description:
      "Folder whose files are certificates to trust at `K_SINK`, too: Knative's trust bundles (mounted by SinkBinding)",
  },
  SINK_TOKEN: {
    for: 'all',
    check: token,
    secret: true,
    mountedAt: '/oidc/token',
    description: 'Token for `K_SINK` alone, sent as `Bearer`: for a broker with OIDC (mounted by SinkBinding)',
  },
} as const satisfies Table;

/** Frozen with the other settings. What may change while the process runs is a function. */
export interface SinkSettings {
  sink?: string;
  ceOverrides: Readonly<Record<string, string>>;
  sinkToken(): string | undefined;
  /** PEM; undefined: the system's alone. */
  sinkCa(): string | undefined;
}

export function sinkSettings(
  { given }: Pick<Reading<typeof sinkTable>, 'given'>,
  value: Values<typeof sinkTable>,
  allowHttp: boolean,
  readFile: (path: string) => string,
): SinkSettings {
  const { K_SINK: sink, K_CA_CERTS: certificates, SINK_CA_FOLDER: folder } = value;
  // Nobody asked for a mounted token to be sent, so where it must not go it is left out rather than refused.
  const maySend = allowHttp || given('SINK_TOKEN') || (sink !== undefined && staysPrivate(sink));
  return {
    ...(sink === undefined ? {} : { sink }),
    ceOverrides: value.K_CE_OVERRIDES ?? {},
    sinkToken: maySend ? value.SINK_TOKEN : () => undefined,
    sinkCa: sink?.startsWith('https:')
      ? besideSystem(() => [certificates, ...readFolder(folder, readFile)])
      : () => undefined,
  };
}
