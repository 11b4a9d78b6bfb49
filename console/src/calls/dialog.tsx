// "The same call": what is on the screen, in curl, GraphQL and tRPC.
import { Tabs } from '@base-ui/react/tabs';
import { useState } from 'react';
import { useSession } from '../session/context.ts';
import { CopyTextButton } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { type Call, toCurl, toGraphql, toTrpc } from './spell.ts';

export function CallDialog({ calls, onClose }: { calls: readonly Call[]; onClose: () => void }) {
  const { gateway } = useSession();
  const [withToken, setWithToken] = useState(false);
  const curl = (call: Call) => {
    const line = toCurl(call, gateway.url);
    return withToken ? `TOKEN='${gateway.token}'\n${line}` : line;
  };
  return (
    <Dialog
      title="The same call"
      description="What you see here, asked by a program. Everything the console does, the API does."
      size="large"
      onClose={onClose}
    >
      <Tabs.Root defaultValue="curl" className="tabs">
        <Tabs.List className="tab-list" aria-label="Transport">
          <Tabs.Tab value="curl">curl</Tabs.Tab>
          <Tabs.Tab value="graphql">GraphQL</Tabs.Tab>
          <Tabs.Tab value="trpc">tRPC</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="curl">
          <label className="check">
            <input type="checkbox" checked={withToken} onChange={() => setWithToken(!withToken)} />
            With my token, ready to paste
          </label>
          <Samples calls={calls} write={curl} />
        </Tabs.Panel>
        <Tabs.Panel value="graphql">
          <p className="hint">
            Paste into <a href={`${gateway.url}/graphql`}>GraphiQL</a>, or POST it to <code>{gateway.url}/graphql</code>
            .
          </p>
          <Samples calls={calls} write={toGraphql} />
        </Tabs.Panel>
        <Tabs.Panel value="trpc">
          <p className="hint">
            With a client typed by <code>AppRouter</code> at <code>{gateway.url}/trpc</code>.
          </p>
          <Samples calls={calls} write={toTrpc} />
        </Tabs.Panel>
      </Tabs.Root>
    </Dialog>
  );
}

function Samples({ calls, write }: { calls: readonly Call[]; write: (call: Call) => string | null }) {
  return calls.map((call) => {
    const text = write(call);
    return (
      <section key={call.title} className="sample">
        <header>
          <h3>{call.title}</h3>
          {text !== null && <CopyTextButton text={text}>Copy</CopyTextButton>}
        </header>
        {text === null ? <p className="hint">Only REST carries bytes.</p> : <pre>{text}</pre>}
      </section>
    );
  });
}
