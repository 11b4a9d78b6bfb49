// A question with a form in it: what is answered is sent, and a refusal is shown where it was asked.
import { type FormEvent, type ReactNode, useState } from 'react';
import { toSentence } from '../api/failure.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Icon } from '../ui/icons.tsx';

type Props = {
  title: string;
  description?: ReactNode;
  /** On the button that sends it. */
  verb: string;
  isDanger?: boolean;
  children?: ReactNode;
  /** Rejects with what went wrong; the dialog then stays. */
  onSubmit: (data: FormData) => Promise<void>;
  onClose: () => void;
};

export function FormDialog({ title, description, verb, isDanger = false, children, onSubmit, onClose }: Props) {
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setSending(true);
    setRefusal(null);
    try {
      await onSubmit(data);
      onClose();
    } catch (error) {
      setRefusal(toSentence(error));
      setSending(false);
    }
  };
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        {children}
        {refusal !== null && (
          <p className="refusal" role="alert">
            <Icon name="warning" />
            {refusal}
          </p>
        )}
        <div className="buttons">
          <Button onClick={onClose}>Cancel</Button>
          <button type="submit" className={`button ${isDanger ? 'danger' : 'primary'}`} disabled={isSending}>
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
