// How far an upload is, honestly: the last percent is the resource itself.

export type UploadProgress = {
  /** `sending`: bytes are on their way; `finishing`: all are there and the gateway makes the resource; `done`: it stands. */
  readonly state: 'sending' | 'finishing' | 'done';
  /** Bytes that have left; fewer than before when a connection broke and some have to be sent again. */
  readonly sentBytes: number;
  /** Null while a stream has not said how long it is. */
  readonly totalBytes: number | null;
  /** Whole percents; 100 with `done` alone; null while the total is not known. */
  readonly percent: number | null;
};

/** Tells of one upload. */
export type Teller = {
  sent(bytes: number): void;
  finishing(): void;
  done(): void;
};

export function createTeller(totalBytes: number | null, onProgress: (progress: UploadProgress) => void): Teller {
  let sentBytes = 0;
  const tell = (state: UploadProgress['state'], total: number | null) => {
    const percent = total === null ? null : total === 0 ? 99 : Math.min(99, Math.floor((sentBytes / total) * 100));
    onProgress({ state, sentBytes, totalBytes: total, percent: state === 'done' ? 100 : percent });
  };
  return {
    sent(bytes) {
      sentBytes = totalBytes === null ? bytes : Math.min(bytes, totalBytes);
      tell('sending', totalBytes);
    },
    finishing() {
      sentBytes = totalBytes ?? sentBytes;
      tell('finishing', sentBytes);
    },
    done: () => tell('done', sentBytes),
  };
}
