/** Names compare bytewise in UTF-8; where both are ASCII, as all Kubernetes names are, that is UTF-16 order. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
