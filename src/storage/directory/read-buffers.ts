// The buffers that files are read into. Large pieces cost less for each byte; many readers at once get small ones, so that
// a crowd takes no more memory than it must.
import { type BufferPool, createBufferPool } from '../../domain/flow/buffer-pool.ts';

/** Two buffers are in use for each file that is being read. */
export const READ_BYTES = 256 * 1024;
const LARGE_READ_BYTES = 2 * READ_BYTES;
/** In use at once. */
const MAX_LARGE = 32;
const MAX_SPARE = 64;

/** A pool of large buffers while few are in use, and of `READ_BYTES` beyond. Each buffer taken is given back once. */
export function createReadBuffers(): BufferPool {
  const large = createBufferPool({ bytes: LARGE_READ_BYTES, maxSpare: MAX_LARGE });
  const small = createBufferPool({ bytes: READ_BYTES, maxSpare: MAX_SPARE });
  let largeInUse = 0;
  return {
    take() {
      if (largeInUse === MAX_LARGE) return small.take();
      largeInUse += 1;
      return large.take();
    },
    give(buffer) {
      const isLarge = buffer.buffer.byteLength === LARGE_READ_BYTES;
      if (isLarge) largeInUse -= 1;
      (isLarge ? large : small).give(buffer);
    },
  };
}
