// What Kubernetes and OpenShift mount into every pod: the service account's token and the cluster's certificates.

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
/** OpenShift's signer of in-cluster services, and the API server's CA. */
const certificateFiles = ['service-ca.crt', 'ca.crt'];

type ReadFile = (path: string) => string;

/** The token as it is now: the kubelet replaces it before it runs out. Undefined where none is mounted. */
export function clusterToken(readFile: ReadFile): () => string | undefined {
  return () => readOptional(readFile, `${folder}/token`) || undefined;
}

/** The system's certificates and the cluster's; undefined (trust the system's) where none is mounted. */
export function clusterCertificates(readFile: ReadFile): () => string | undefined {
  let known: { mounted: string; all: string } | undefined;
  return () => {
    const mounted = certificateFiles.flatMap((name) => readOptional(readFile, `${folder}/${name}`) || []).join('\n');
    if (mounted === '') return undefined;
    // Some 200 kB: put together once per change.
    if (known?.mounted !== mounted) known = { mounted, all: [...systemCertificates(), mounted].join('\n') };
    return known.all;
  };
}

function readOptional(readFile: ReadFile, path: string): string | undefined {
  try {
    return readFile(path).trim();
  } catch {
    return undefined;
  }
}

/** Loaded when it is needed only: a start from zero does not wait for node:tls. */
function systemCertificates(): readonly string[] {
  const tls = process.getBuiltinModule('node:tls');
  // getCACertificates knows NODE_EXTRA_CA_CERTS too, from Node 22.15 and 23.10 on.
  const newer = tls as typeof tls & { getCACertificates?: (type: 'default') => string[] };
  return newer.getCACertificates?.('default') ?? tls.rootCertificates;
}
