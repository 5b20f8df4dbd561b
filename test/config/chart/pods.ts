// Pods in manifests, and what keeps one from the restricted Pod Security Standard.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
import type { Manifest } from './helm.ts';

export interface Pod {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  securityContext?: Context;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  containers: Container[];
  initContainers?: Container[];
  volumes?: Record<string, unknown>[];
  timeoutSeconds?: number;
  containerConcurrency?: number;
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: SecretKey } }[];
  ports?: { name?: string; containerPort: number; protocol?: string }[];
  volumeMounts?: { name: string; mountPath: string }[];
  readinessProbe?: { httpGet: { path: string } };
  livenessProbe?: { httpGet: { path: string } };
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: Context;
}

interface SecretKey {
  name: string;
  key: string;
  optional?: boolean;
}

interface Context {
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  readOnlyRootFilesystem?: boolean;
  capabilities?: { drop?: string[]; add?: string[] };
  seccompProfile?: { type?: string };
}

export function podSpecs(object: Manifest): { of: string; pod: Pod }[] {
  const of = `${object.kind} ${object.metadata.name}`;
  const template = object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec?.template;
  return template?.spec?.containers ? [{ of, pod: template.spec as Pod }] : [];
}

const volumeTypes = ['configMap', 'secret', 'projected', 'emptyDir', 'downwardAPI', 'csi', 'ephemeral'];

/** Every rule the pod breaks; ours go beyond the standard: no root file system to write to, no fixed user. */
export function unrestricted(pod: Pod): string[] {
  const shared = pod.securityContext ?? {};
  const volumes = (pod.volumes ?? []).flatMap((volume) =>
    Object.keys(volume).filter((key) => key !== 'name' && !volumeTypes.includes(key)),
  );
  return [
    ...(pod.hostNetwork || pod.hostPID || pod.hostIPC ? ['host namespaces'] : []),
    ...volumes.map((type) => `volume of type ${type}`),
    ...[...(pod.initContainers ?? []), ...pod.containers].flatMap(({ name, securityContext = {}, ports = [] }) => {
      const context = { ...shared, ...securityContext };
      const { capabilities = {} } = securityContext;
      const broken = {
        privileged: securityContext.privileged === true,
        'may gain privileges': securityContext.allowPrivilegeEscalation !== false,
        'may run as root': context.runAsNonRoot !== true,
        'a fixed user': context.runAsUser !== undefined,
        'capabilities not dropped': !capabilities.drop?.includes('ALL'),
        'capabilities added': (capabilities.add ?? []).length > 0,
        'seccomp profile': !['RuntimeDefault', 'Localhost'].includes(context.seccompProfile?.type ?? ''),
        'may write to its root file system': securityContext.readOnlyRootFilesystem !== true,
        'host port': ports.some((port) => 'hostPort' in port),
      };
      return Object.entries(broken).flatMap(([rule, isBroken]) => (isBroken ? [`${name}: ${rule}`] : []));
    }),
  ];
}
