/** Which methods an address knows: for `405` with `Allow` where the router only says "not found". */

export class RouteTable {
  private readonly methods = new Map<string, Set<string>>();
  private readonly patterns: { readonly pattern: RegExp; readonly methods: Set<string> }[] = [];

  /** Takes a route as Fastify announces it: `/v1/clusters/:cluster`, a final `*` matching anything. */
  add(method: string | readonly string[], url: string): void {
    let methods = this.methods.get(url);
    if (!methods) {
      methods = new Set();
      this.methods.set(url, methods);
      const source = url
        .split('/')
        .map((part) =>
          part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
        )
        .join('/');
      this.patterns.push({ pattern: new RegExp(`^${source}$`), methods });
    }
    for (const name of typeof method === 'string' ? [method] : method) methods.add(name);
  }

  /** Methods of all routes that match the path, sorted; none when the address is unknown. */
  allowed(path: string): string[] {
    const found = new Set<string>();
    for (const { pattern, methods } of this.patterns) {
      if (pattern.test(path)) for (const method of methods) found.add(method);
    }
    return [...found].sort();
  }
}
