// Settings for sending events to the broker: its address, the certificates to trust there, and the token. SinkBinding sets and mounts
// them.
// https://github.com/knative/eventing/blob/main/pkg/apis/sources/v1/sinkbinding_lifecycle.go
import { anyText, ceOverrides, certificates, httpUrl, staysPrivate, token } from './checks.ts';
import { besideSystem, readFolder } from './cluster-files.ts';
import type { Reading, Table, Values } from './reader.ts';

export const sinkTable = {
  K_SINK: {
    for: 'all',
    check: httpUrl,
    description:
      'Where events go: the broker (set by SinkBinding). Never called through a proxy. Unset: events are returned as the answer; in a cluster a function that sends events then accepts none',
  },
  KUBERNETES_SERVICE_HOST: {
    for: 'all',
    check: anyText,
    description: 'Set by Kubernetes in every Pod. Nobody reads answers there, so `K_SINK` is needed',
  },
  K_CE_OVERRIDES: {
    for: 'all',
    check: ceOverrides,
    description: 'JSON: extensions added to every event (set by SinkBinding)',
  },
  K_CA_CERTS: {
    for: 'all',
    check: certificates,
    description:
      "Certificates (PEM, the text itself) to trust at `K_SINK` in addition to the system's (set by SinkBinding)",
  },
  SINK_CA_FOLDER: {
    for: 'all',
    check: anyText,
    default: '/knative-custom-certs',
    description:
      "Folder of files with more certificates to trust at `K_SINK`: Knative's trust bundles (mounted by SinkBinding)",
  },
  SINK_TOKEN: {
    for: 'all',
    check: token,
    secret: true,
    mountedAt: '/oidc/token',
    description: 'Token that is sent only to `K_SINK`, as `Bearer`: for a broker with OIDC (mounted by SinkBinding)',
  },
} as const satisfies Table;

/** Frozen with the other settings. A value that may change while the process runs is a function. */
export interface SinkSettings {
  sink?: string;
  /** The process runs in a Pod, where nobody reads events that are the answer. */
  inCluster: boolean;
  ceOverrides: Readonly<Record<string, string>>;
  sinkToken(): string | undefined;
  /** PEM; undefined: only the system's certificates. */
  sinkCa(): string | undefined;
}

export function sinkSettings(
  { given }: Pick<Reading<typeof sinkTable>, 'given'>,
  value: Values<typeof sinkTable>,
  allowHttp: boolean,
  readFile: (path: string) => string,
): SinkSettings {
  const { K_SINK: sink, K_CA_CERTS: certificates, SINK_CA_FOLDER: folder } = value;
  // Nobody asked for a mounted token to be sent, so where it must not be sent it is left out, which is no error.
  const maySend = allowHttp || given('SINK_TOKEN') || (sink !== undefined && staysPrivate(sink));
  return {
    ...(sink === undefined ? {} : { sink }),
    inCluster: value.KUBERNETES_SERVICE_HOST !== undefined,
    ceOverrides: value.K_CE_OVERRIDES ?? {},
    sinkToken: maySend ? value.SINK_TOKEN : () => undefined,
    sinkCa: sink?.startsWith('https:')
      ? besideSystem(() => [certificates, ...readFolder(folder, readFile)])
      : () => undefined,
  };
}

/**
 * Why a function cannot send its events: it runs in a cluster and does not have the address of the broker. An event that is returned as
 * the answer would be lost there: a forge does not read it, and a broker refuses several. Undefined: it can, or its caller reads the answer.
 */
export function missingSink({ sink, inCluster }: Pick<SinkSettings, 'sink' | 'inCluster'>): string | undefined {
  if (sink !== undefined || !inCluster) return undefined;
  return "Expected K_SINK, the broker's address: a SinkBinding sets it when its Broker is ready, so look at these two.";
}
