// Chinese, Japanese and Korean documents name tables of characters that they do not hold. The frame that draws them can
// reach nothing, so that it asks the console for one, by name.

type Request = { readonly characterMap: string };

/** Asks the console. For the frame. @throws when there is none of that name */
export async function askForCharacterMap(name: string): Promise<Uint8Array> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<ArrayBuffer | null>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  parent.postMessage({ characterMap: name } satisfies Request, '*', [port2]);
  const bytes = await answer;
  port1.close();
  if (bytes === null) throw new Error(`there is no ${name}`);
  return new Uint8Array(bytes);
}

/** Whether a message asks for one. Whoever sends it is not trusted: a name leads to no other place. */
export function isCharacterMapRequest(data: unknown): data is Request {
  const { characterMap } = (data ?? {}) as Partial<Request>;
  return typeof characterMap === 'string' && /^[\w-]{1,64}\.bcmap$/.test(characterMap);
}

/** Answers it; null where it cannot be had. For the console. */
export async function answerCharacterMap({ characterMap }: Request, port: MessagePort): Promise<void> {
  const bytes = await fetch(`pdfjs/${characterMap}`)
    .then(async (response) => (response.ok ? await response.arrayBuffer() : null))
    .catch(() => null);
  port.postMessage(bytes);
}
