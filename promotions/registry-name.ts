// What a registry is called where there are several: the first one has no name. It is part of names in Kubernetes. Pure.

export function isRegistryName(name: string): boolean {
  return /^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/.test(name);
}
