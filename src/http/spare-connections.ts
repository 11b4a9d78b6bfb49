// Ends connections that nothing is asked on, when the server closes.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export type SpareConnections = {
  /**
   * Ends those that have asked nothing yet, such as browsers open in advance, and those that an answer left idle while the
   * server began to close. Node keeps both, and the server waits for them.
   */
  end(): void;
};

/** Watches the connections of a server from now on. */
export function watchSpareConnections(server: Server): SpareConnections {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    end() {
      server.closeIdleConnections();
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    },
  };
}
