// What a command says: results on standard output, for people or as lines of JSON, and progress on standard error, where
// somebody looks at it.
import cliProgress from 'cli-progress';

/** One thing on its way. */
export type Bar = {
  moved(bytes: number): void;
  end(): void;
};

export type Report = {
  /** A result; the text is for people, empty for none. */
  tell(result: object, text: string): void;
  /** One of many things went wrong. */
  fail(what: string, reason: string): void;
  /** A line for one file, and a share in the total. */
  begin(what: string, totalBytes: number): Bar;
  /** More bytes than those of what has begun will have to move. */
  expect(bytes: number): void;
  /** Takes the lines away. @returns how many things went wrong */
  end(): number;
};

const FORMAT = ' {bar} {percentage}% {value}/{total} {speed} {left} {what}';
const MAX_NAME = 40;

export function createReport({ isJson }: { readonly isJson: boolean }): Report {
  let failures = 0;
  const lines = process.stderr.isTTY ? createLines() : null;
  const write = (stream: NodeJS.WriteStream, text: string) => {
    if (lines !== null && stream.isTTY) lines.above(text);
    else stream.write(text);
  };
  return {
    tell(result, text) {
      if (isJson) write(process.stdout, `${JSON.stringify(result)}\n`);
      else if (text !== '') write(process.stdout, `${text}\n`);
    },
    fail(what, reason) {
      failures += 1;
      if (isJson) write(process.stdout, `${JSON.stringify({ path: what, outcome: 'failed', reason })}\n`);
      write(process.stderr, `${what}: ${reason}\n`);
    },
    begin: (what, totalBytes) => lines?.begin(what, totalBytes) ?? { moved() {}, end() {} },
    expect: (bytes) => lines?.expect(bytes),
    end() {
      lines?.stop();
      return failures;
    },
  };
}

function createLines() {
  const bars = new cliProgress.MultiBar(
    {
      format: FORMAT,
      stream: process.stderr,
      // With the rest of the line within the 80 columns of a common terminal.
      barsize: 16,
      hideCursor: true,
      clearOnComplete: true,
      formatValue: (value, _options, kind) =>
        kind === 'value' || kind === 'total' ? toSizeText(value) : String(value),
    },
    cliProgress.Presets.shades_classic,
  );
  const startedMs = performance.now();
  let expected = 0;
  let moved = 0;
  const about = (what: string) => {
    const bytesPerSecond = moved / Math.max(0.001, (performance.now() - startedMs) / 1000);
    const seconds = bytesPerSecond === 0 ? null : Math.ceil((expected - moved) / bytesPerSecond);
    const left = seconds === null ? '' : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
    return { what, speed: `${toSizeText(bytesPerSecond)}/s`, left };
  };
  const total = bars.create(1, 0, about('total'));
  const showTotal = () => {
    total.setTotal(Math.max(1, expected));
    total.update(moved, about('total'));
  };
  return {
    above: (text: string) => bars.log(text),
    expect(bytes: number) {
      expected += bytes;
      showTotal();
    },
    begin(what: string, totalBytes: number): Bar {
      const name = what.length > MAX_NAME ? `…${what.slice(1 - MAX_NAME)}` : what;
      const bar = bars.create(Math.max(1, totalBytes), 0, { what: name, speed: '', left: '' });
      let own = 0;
      return {
        moved(bytes) {
          moved += bytes - own;
          own = bytes;
          bar.update(bytes);
          showTotal();
        },
        end() {
          bars.remove(bar);
        },
      };
    },
    stop() {
      // What was said last is written by the next drawing, which would not come any more.
      bars.update();
      bars.stop();
    },
  };
}

/** `1.5 MiB` and the like. */
export function toSizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
