// A question in the middle of the screen. The focus stays in it, Escape ends it, and it goes back to where it was.
import { Dialog as Base } from '@base-ui/react/dialog';
import { type ReactNode, useRef } from 'react';
import { IconButton } from './button.tsx';

export type DialogProps = {
  title: string;
  /** What it is about, in a sentence. */
  description?: ReactNode;
  children?: ReactNode;
  onClose: () => void;
  size?: 'small' | 'large';
};

/** Shown for as long as it is rendered. */
export function Dialog({ title, description, children, onClose, size = 'small' }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  // What is asked for comes first, not the way out.
  const findFirstField = () =>
    popup.current?.querySelector<HTMLElement>('form input, form button[type=submit]') ?? true;
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className={`dialog ${size}`} ref={popup} initialFocus={findFirstField}>
          <header>
            <Base.Title>{title}</Base.Title>
            <Base.Close render={<IconButton icon="close" label="Close" />} />
          </header>
          {description !== undefined && <Base.Description className="lead">{description}</Base.Description>}
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
