// Uploads what is chosen, shows how far it is, and stops when it is told to: chosen again, a file goes on from where it was.
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient, type Resource } from 'resource-gateway-client';

const { url = '', token = '' } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const client = createClient({ url, token });
type Row = { percent: number; resource?: Resource; refusal?: string; stop?: () => void };

function Uploads() {
  const [rows, setRows] = useState<{ [name: string]: Row }>({});
  const show = (name: string, row: Partial<Row>) =>
    setRows((before) => ({ ...before, [name]: { percent: 0, ...before[name], ...row } }));

  async function upload(files: readonly File[]) {
    const items = files.map((source) => {
      const stopping = new AbortController();
      show(source.name, { stop: () => stopping.abort() });
      const onProgress = ({ percent }: { percent: number | null }) => show(source.name, { percent: percent ?? 0 });
      return { source, directoryPath: '/from-react', signal: stopping.signal, onProgress };
    });
    for await (const { item, resource, error } of client.uploadMany(items, { parallel: 3 })) {
      if (resource !== null) show(item.source.name, { resource });
      else show(item.source.name, { refusal: error.code === 'conflict' ? 'is there already' : error.message });
    }
  }

  return (
    <>
      <input type="file" multiple onChange={(event) => upload([...(event.target.files ?? [])])} />
      {Object.entries(rows).map(([name, { percent, resource, refusal, stop }]) => (
        <p key={name}>
          {name} <progress value={percent} max={100} /> {refusal ?? resource?.sha256 ?? `${percent} %`}{' '}
          {!resource && !refusal && (
            <button type="button" onClick={stop}>
              Stop
            </button>
          )}
        </p>
      ))}
    </>
  );
}

createRoot(document.querySelector('#main') as Element).render(<Uploads />);
