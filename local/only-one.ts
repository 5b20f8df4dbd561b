// One of a kind on this machine: held by listening on a port, which the system takes back however a process ends, `kill -9`
// too, and gives to one of two that ask at the same moment. Which ports follows from the name; who has one tells whose it is.
import { createHash } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';

export interface Held {
  /** The text that the next process to ask gets. */
  tell(about: string): void;
  release(): Promise<void>;
}

/** Between the random ports of processes.ts and those that systems hand out. */
const [lowest, span] = [30_000, 2_000];
/** Somebody else's program may have one. */
const candidates = 4;
/** ms until who accepts and says nothing is taken for another program; a busy machine is not that slow. */
const patience = 10_000;

/** Throws with what the holder tells when there is one. `name`: of what there shall be only one, such as a folder. */
export async function holdAlone(name: string, about: string): Promise<Held> {
  const id = createHash('sha256').update(name).digest('hex');
  const first = lowest + (Number.parseInt(id.slice(0, 8), 16) % span);
  const ports = Array.from({ length: candidates }, (_, i) => first + i);
  let text = about;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${id} ${text}`, () => socket.destroy());
  }).unref();
  const release = () => new Promise<void>((resolve) => server.close(() => resolve()));

  const own = await takeOne(server, ports, id);
  // A port that was somebody else's may have become free since another of us began.
  for (const port of ports) {
    const other = port === own ? undefined : await holderAt(port, id);
    if (other === undefined) continue;
    await release();
    throw new Error(other);
  }
  return {
    tell(next) {
      text = next;
    },
    release,
  };
}

async function takeOne(server: Server, ports: readonly number[], id: string): Promise<number> {
  for (const port of ports) {
    if (await listens(server, port)) return port;
    const holder = await holderAt(port, id);
    if (holder !== undefined) throw new Error(holder);
  }
  throw new Error(`expected one of the ports ${ports.join(', ')} to be free: by it a second start is noticed`);
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error));
    server.once('error', fail).listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.off('error', fail);
      resolve(true);
    });
  });
}

/** The text of the holder of this name at that port; undefined when there is none, or another program. */
function holderAt(port: number, id: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' });
    const end = () => {
      socket.destroy();
      resolve(text.startsWith(`${id} `) ? text.slice(id.length + 1) : undefined);
    };
    socket.setEncoding('utf8').setTimeout(patience, end);
    socket.on('data', (more: string) => {
      text += more;
      // No need to hear another program out.
      if (text.length > 10_000 || !`${id} `.startsWith(text.slice(0, id.length + 1))) end();
    });
    socket.on('error', end).on('end', end);
  });
}
