// The first page: a token, or a way to get one.
import { type FormEvent, useEffect, useState } from 'react';
import { toSentence } from '../api/failure.ts';
import { GATEWAY_URL } from '../api/gateway.ts';
import { Icon } from '../ui/icons.tsx';
import { beginSignIn, finishSignIn, readSignInSettings, type SignInSettings } from './oidc.ts';
import { tidyToken } from './token.ts';

type Props = { reason: string | null; onToken: (token: string) => Promise<void> };

export function SignIn({ reason, onToken }: Props) {
  const [refusal, setRefusal] = useState(reason);
  const [isAsking, setAsking] = useState(false);
  const [settings, setSettings] = useState<SignInSettings | null>(null);
  useEffect(() => {
    readSignInSettings()
      .then(setSettings)
      .catch(() => {});
    finishSignIn()
      .then((token) => (token === null ? undefined : onToken(token)))
      .catch((error) => setRefusal(toSentence(error)));
  }, [onToken]);
  const leave = (to: SignInSettings) => {
    beginSignIn(to).catch((error) => setRefusal(toSentence(error)));
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = tidyToken(String(new FormData(event.currentTarget).get('token') ?? ''));
    if (token === '') return setRefusal('Paste a token first.');
    setAsking(true);
    setRefusal(null);
    await onToken(token).catch((error: Error) => setRefusal(error.message));
    setAsking(false);
  };
  return (
    <main className="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>
          <img src={new URL('../icon.svg', import.meta.url).href} alt="" width="36" height="36" />
          Resource gateway
        </h1>
        <p className="lead">Sign in to browse, upload and describe your files.</p>
        {settings !== null && (
          <>
            <button type="button" className="button primary wide" onClick={() => leave(settings)}>
              Sign in at {new URL(settings.issuer).host}
            </button>
            <p className="or">or paste a token</p>
          </>
        )}
        <label htmlFor="token">Access token</label>
        <textarea
          id="token"
          name="token"
          rows={4}
          spellCheck={false}
          autoComplete="off"
          placeholder="eyJ…"
          aria-describedby="token-hint"
          aria-invalid={refusal !== null}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
        <p id="token-hint" className="hint">
          On a development gateway <code>npm run --silent token</code> prints one. It is kept for this tab only.
        </p>
        {refusal !== null && (
          <p className="refusal" role="alert">
            <Icon name="warning" />
            {refusal}
          </p>
        )}
        <button type="submit" className="button primary wide" disabled={isAsking}>
          {isAsking ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <nav aria-label="Documentation">
        <a href={`${GATEWAY_URL}/docs`}>REST reference</a>
        <a href={`${GATEWAY_URL}/graphql`}>GraphiQL</a>
      </nav>
    </main>
  );
}
