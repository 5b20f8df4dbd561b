// Reads what Kubernetes and OpenShift mount into a pod: the service account's token and the cluster's certificates.

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
/** OpenShift's signer of in-cluster services, and the API server's CA. */
const certificateFiles = ['service-ca.crt', 'ca.crt'];

type ReadFile = (path: string) => string;

/** The token as it is now: the kubelet replaces it before it expires. Undefined if none is mounted. */
export function clusterToken(readFile: ReadFile): () => string | undefined {
  return () => readOptional(readFile, `${folder}/token`) || undefined;
}

/** The system's certificates and the cluster's; undefined (trust the system's) if none is mounted. */
export function clusterCertificates(readFile: ReadFile): () => string | undefined {
  return besideSystem(() => certificateFiles.map((name) => readOptional(readFile, `${folder}/${name}`)));
}

/** The system's certificates and those of `read`; undefined (trust the system's) if there are none. */
export function besideSystem(read: () => readonly (string | undefined)[]): () => string | undefined {
  let known: { own: string; all: string } | undefined;
  return () => {
    const own = read().filter(Boolean).join('\n');
    if (own === '') return undefined;
    // About 200 kB: joined only after a change.
    if (known?.own !== own) known = { own, all: [...systemCertificates(), own].join('\n') };
    return known.all;
  };
}

/** Texts of the files in a folder, in the order of their names; none if there is no folder. */
export function readFolder(folder: string, readFile: ReadFile): (string | undefined)[] {
  try {
    return process
      .getBuiltinModule('node:fs')
      .readdirSync(folder)
      .sort()
      .map((name) => readOptional(readFile, `${folder}/${name}`));
  } catch {
    return [];
  }
}

function readOptional(readFile: ReadFile, path: string): string | undefined {
  try {
    return readFile(path).trim();
  } catch {
    return undefined;
  }
}

/** node:tls is loaded only when it is needed, so that a start from zero does not wait for it. */
function systemCertificates(): readonly string[] {
  const tls = process.getBuiltinModule('node:tls');
  // getCACertificates knows NODE_EXTRA_CA_CERTS too, from Node 22.15 and 23.10 on.
  const newer = tls as typeof tls & { getCACertificates?: (type: 'default') => string[] };
  return newer.getCACertificates?.('default') ?? [...tls.rootCertificates, ...extraCertificates()];
}

function extraCertificates(): string[] {
  try {
    return [process.getBuiltinModule('node:fs').readFileSync(process.env.NODE_EXTRA_CA_CERTS ?? '', 'utf8')];
  } catch {
    // Node has reported that at its start.
    return [];
  }
}
