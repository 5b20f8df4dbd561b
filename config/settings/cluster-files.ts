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
  return besideSystem(() => certificateFiles.map((name) => readOptional(readFile, `${folder}/${name}`)));
}

/** The system's certificates and those of `read`; undefined (trust the system's) where there is none. */
export function besideSystem(read: () => readonly (string | undefined)[]): () => string | undefined {
  let known: { own: string; all: string } | undefined;
  return () => {
    const own = read().filter(Boolean).join('\n');
    if (own === '') return undefined;
    // Some 200 kB: put together once per change.
    if (known?.own !== own) known = { own, all: [...systemCertificates(), own].join('\n') };
    return known.all;
  };
}

/** Texts of the files in a folder, in the order of their names; none where there is no folder. */
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

/** Loaded when it is needed only: a start from zero does not wait for node:tls. */
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
    // Node has said so at its start.
    return [];
  }
}
