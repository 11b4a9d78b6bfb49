// Something to hear and something to see.
import type { OpenBrowser } from './browser.ts';

const SAMPLES_PER_SECOND = 8000;

/** A second of 440 Hz, as WAVE with 8 bits a sample. */
export function toTone(): Buffer {
  const samples = Buffer.from(
    Array.from(
      { length: SAMPLES_PER_SECOND },
      (_, i) => 128 + 60 * Math.sin((2 * Math.PI * 440 * i) / SAMPLES_PER_SECOND),
    ),
  );
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(SAMPLES_PER_SECOND, 24);
  head.writeUInt32LE(SAMPLES_PER_SECOND, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

/** Thirty pictures of 64 by 64, as WebM: the browser that shows it can also make it. */
export async function recordVideo(browser: OpenBrowser): Promise<Buffer> {
  const page = await browser.open();
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 64;
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm;codecs=vp8' });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    for (let i = 0; i < 30; i++) {
      context.fillStyle = `hsl(${i * 12} 90% 50%)`;
      context.fillRect(0, 0, 64, 64);
      await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await stopped;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
  await page.context().close();
  return Buffer.from(base64, 'base64');
}
