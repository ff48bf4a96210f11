import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';

let echo: Server;
let proxy: TcpProxy;
let received: string;

/** Echoes what it gets, and remembers it. */
beforeEach(async () => {
  received = '';
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  proxy = await TcpProxy.start(address.port);
});
afterEach(async () => {
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
const answer = async (socket: Socket): Promise<string> => {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString('latin1');
};
/** Resolves when the connection is gone, whether with an error or without. */
const gone = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
const soon = (milliseconds: number): Promise<string> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds, 'nothing'));

describe('TcpProxy', () => {
  it('passes bytes both ways', async () => {
    const socket = await client();
    socket.write('hello');
    expect(await answer(socket)).toBe('hello');
    socket.destroy();
  });

  it('holds everything back in a black hole and delivers it afterwards', async () => {
    const socket = await client();
    socket.write('first');
    expect(await answer(socket)).toBe('first');
    proxy.blackHole();
    socket.write('second');
    expect(await Promise.race([answer(socket), soon(100)])).toBe('nothing');
    expect(received).toBe('first');
    const delivered = answer(socket);
    proxy.heal();
    expect(await delivered).toBe('second');
    socket.destroy();
  });

  it('cuts every connection', async () => {
    const socket = await client();
    socket.write('x');
    await answer(socket);
    proxy.cut();
    await gone(socket);
    expect(proxy.connections).toBe(0);
  });

  it('lets a COMMIT through and hides its answer', async () => {
    const socket = await client();
    const cut = proxy.cutAfterCommit();
    socket.write('Q\0\0\0\x0aBEGIN\0');
    await answer(socket);
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    });
    socket.write(Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1'));
    await Promise.all([cut, gone(socket)]);
    expect(received).toContain('COMMIT');
    expect(heard).toBe('');
  });

  it('refuses new connections until healed', async () => {
    proxy.refuse();
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await gone(socket);
    proxy.heal();
    const healed = await client();
    healed.write('y');
    expect(await answer(healed)).toBe('y');
    healed.destroy();
  });
});
