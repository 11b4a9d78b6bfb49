// What the account uses, and how much it may.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toSentence } from '../api/failure.ts';
import { useTRPC } from '../api/gateway.ts';
import { readUsage } from '../calls/calls.ts';
import { CallDialog } from '../calls/dialog.tsx';
import { Button } from '../ui/button.tsx';
import { formatBytes, formatCount } from '../ui/format.ts';

export function UsagePage() {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.usage.get.queryOptions());
  const [hasCalls, setCalls] = useState(false);
  return (
    <div className="page">
      <header className="way">
        <h1>Usage</h1>
        <Button icon="code" onClick={() => setCalls(true)}>
          API
        </Button>
      </header>
      {error !== null && (
        <p className="refusal" role="alert">
          {toSentence(error)}
        </p>
      )}
      {data !== undefined && (
        <>
          <Meter
            title="Storage"
            parts={[
              { label: 'Files', value: data.bytes.used },
              { label: 'Earlier versions', value: data.bytes.versions },
              { label: 'Trash', value: data.bytes.trash },
              { label: 'Kept for uploads', value: data.bytes.reserved },
            ]}
            limit={data.bytes.limit}
            format={formatBytes}
          />
          <Meter
            title="Files"
            parts={[
              { label: 'There', value: data.resources.used },
              { label: 'In the trash', value: data.resources.trash },
            ]}
            limit={data.resources.limit}
            format={formatCount}
          />
        </>
      )}
      {hasCalls && <CallDialog calls={[readUsage()]} onClose={() => setCalls(false)} />}
    </div>
  );
}

type MeterProps = {
  title: string;
  parts: readonly { readonly label: string; readonly value: number }[];
  /** null: none. */
  limit: number | null;
  format: (value: number) => string;
};

function Meter({ title, parts, limit, format }: MeterProps) {
  const sum = parts.reduce((all, { value }) => all + value, 0);
  return (
    <section className="card">
      <h2>{title}</h2>
      <p className="sum">
        <b>{format(sum)}</b> {limit === null ? 'without a limit' : `of ${format(limit)}`}
      </p>
      {limit !== null && (
        <progress aria-label={`${title} used`} value={Math.min(sum, limit)} max={Math.max(1, limit)} />
      )}
      <dl className="fields">
        {parts.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{format(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
