/** A TCP proxy that misbehaves on command: cuts connections, or swallows everything without a word. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /**
   * `pass` forwards; `cut-before` and `cut-after` end a connection at the first chunk from the client that contains
   * `trigger`, the former without forwarding it, the latter once the server has had time to act on it but before its
   * answer; `swallow` accepts and forwards nothing.
   */
  mode: 'pass' | 'cut-before' | 'cut-after' | 'swallow';
  trigger: string;
  /** How long the server has for what was forwarded before a `cut-after`; milliseconds. */
  actMs: number;
  /** Ends every connection now. */
  cut(): void;
  close(): Promise<void>;
}

export async function startProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    let silent = false;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk) => {
      if (proxy.mode === 'swallow') return;
      const triggered = proxy.mode !== 'pass' && chunk.includes(proxy.trigger);
      if (triggered && proxy.mode === 'cut-before') return end();
      if (triggered) {
        silent = true;
        setTimeout(end, proxy.actMs);
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (proxy.mode !== 'swallow' && !silent) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    mode: 'pass',
    trigger: 'COMMIT',
    actMs: 200,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      proxy.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
