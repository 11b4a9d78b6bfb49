// Copies a text, and says that it did.
import { useEffect, useState } from 'react';
import { IconButton } from './button.tsx';
import { Icon } from './icons.tsx';

const SHOWN_MS = 2000;

/** Resolves to whether it worked: over plain http browsers have no clipboard, but the old way still works. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'off-screen';
    // Inside an open dialog, since what is outside of it cannot be selected.
    (document.querySelector('[role=dialog]') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

function useCopied(text: string) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return { isCopied, copy: () => void copyText(text).then(setCopied) };
}

/** A small button beside a value. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const { isCopied, copy } = useCopied(text);
  return (
    <IconButton
      icon={isCopied ? 'check' : 'copy'}
      label={isCopied ? 'Copied' : `Copy ${what}`}
      onClick={copy}
      className="small"
    />
  );
}

/** A button with words. */
export function CopyTextButton({ text, children }: { text: string; children: string }) {
  const { isCopied, copy } = useCopied(text);
  return (
    <button type="button" className="button plain small" onClick={copy}>
      <Icon name={isCopied ? 'check' : 'copy'} />
      <span className="label" aria-live="polite">
        {isCopied ? 'Copied' : children}
      </span>
    </button>
  );
}
