// Every field of a file, each to be copied.
import type { ReactNode } from 'react';
import type { Resource } from '../files/row.ts';
import { useSession } from '../session/context.ts';
import { CopyButton } from '../ui/copy.tsx';
import { formatBytes, formatCount, formatFullTime } from '../ui/format.ts';

export function Fields({ resource }: { resource: Resource }) {
  const { gateway } = useSession();
  const { sizeBytes } = resource;
  const address = `${gateway.url}/v1/resources/${resource.id}/content`;
  return (
    <dl className="fields">
      <Field label="Id" copied={resource.id} isCode />
      <Field label="Address" copied={address} isCode />
      <Field label="Type" copied={resource.mimeType} />
      <Field label="Size" copied={String(sizeBytes)}>
        {formatBytes(sizeBytes)}
        {sizeBytes >= 1000 && <small> ({formatCount(sizeBytes)} bytes)</small>}
      </Field>
      <Field label="SHA-256" copied={resource.sha256} isCode />
      <Field label="Created" copied={resource.createdAt}>
        {formatFullTime(resource.createdAt)}
      </Field>
      <Field label="Changed" copied={resource.updatedAt}>
        {formatFullTime(resource.updatedAt)}
      </Field>
      <Field label="Created by" copied={resource.createdBy} />
      <Field label="Original address" copied={resource.originalUri} isCode />
      <Field label="External id" copied={resource.externalId} isCode />
      <Field label="External storage" copied={resource.externalStorageType} />
      <Field label="Account" copied={resource.accountId} />
      <Field label="Bucket" copied={resource.storageBucket} isCode />
      <Field label="Storage key" copied={resource.storageKey} isCode />
    </dl>
  );
}

type FieldProps = { label: string; copied: string | null; isCode?: boolean; children?: ReactNode };

function Field({ label, copied, isCode = false, children }: FieldProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className={isCode ? 'code' : ''}>
        {copied === null ? <span className="none">none</span> : <bdi>{children ?? copied}</bdi>}
        {copied !== null && <CopyButton text={copied} what={label} />}
      </dd>
    </div>
  );
}
