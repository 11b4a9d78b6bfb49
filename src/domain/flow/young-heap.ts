// Keeps bytes that only pass through from piling up: V8 frees what a socket has read, which lies outside its heap, only
// when its young heap is full. Passing bytes on fills that so slowly that up to 80 MB waited, and V8 collected its old heap
// time and again because of them (docs/decisions/0008).
const ELEMENT_BYTES = 8;
const YOUNG_BYTES_PER_BYTE = 1.5;
/** Larger arrays would lie in a space of their own. */
const STEP_BYTES = 64 * 1024;

/** Uses up some of the young heap for a piece that was read and is not needed any more. */
export function useYoungHeap(readBytes: number): void {
  for (let left = readBytes; left > 0; left -= STEP_BYTES) {
    new Array<number>(Math.ceil((Math.min(left, STEP_BYTES) * YOUNG_BYTES_PER_BYTE) / ELEMENT_BYTES)).fill(0);
  }
}
