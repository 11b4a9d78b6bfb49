// The metadata of a file, and an editor that shows mistakes while they are made.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { applyEdits, findNodeAtLocation, format, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { useState } from 'react';
import { toSentence } from '../api/failure.ts';
import { callRest } from '../api/gateway.ts';
import { refreshNow } from '../api/refresh.ts';
import type { Resource } from '../files/row.ts';
import { useSession } from '../session/context.ts';
import { Button } from '../ui/button.tsx';

const STRICT = { disallowComments: true, allowTrailingComma: false };
const EMPTY = '{\n  \n}';

/** The metadata in the JSON of a record, as it is written there: parsed into values, names that are numbers would come first. */
function readMetadata(text: string): string | null {
  const tree = parseTree(text);
  const node = tree && findNodeAtLocation(tree, ['metadata']);
  if (node === undefined || node.type === 'null') return null;
  const raw = text.slice(node.offset, node.offset + node.length);
  return applyEdits(raw, format(raw, undefined, { insertSpaces: true, tabSize: 2 }));
}

export type Mistake = { readonly line: number; readonly sentence: string };

/** What keeps a text from being a JSON object; empty when nothing does. */
export function findMistakes(text: string): Mistake[] {
  if (text.trim() === '') return [];
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, STRICT);
  const mistakes = errors.map(({ error, offset }) => ({
    line: text.slice(0, offset).split('\n').length,
    sentence: SENTENCES[printParseErrorCode(error)] ?? printParseErrorCode(error),
  }));
  if (mistakes.length === 0 && tree?.type !== 'object') return [{ line: 1, sentence: 'It must be an object: { … }' }];
  return mistakes;
}

const SENTENCES: { readonly [code: string]: string } = {
  InvalidSymbol: 'This word means nothing in JSON; text stands in double quotes',
  InvalidNumberFormat: 'This is no number',
  PropertyNameExpected: 'A name in double quotes is expected here',
  ValueExpected: 'A value is expected here',
  ColonExpected: 'A colon is expected here',
  CommaExpected: 'A comma is expected here',
  CloseBraceExpected: 'A closing } is missing',
  CloseBracketExpected: 'A closing ] is missing',
  EndOfFileExpected: 'Something follows after the end',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'A closing double quote is missing',
  UnexpectedEndOfNumber: 'This number has no end',
  InvalidUnicode: 'This is no Unicode escape',
  InvalidEscapeCharacter: 'Nothing is escaped so',
  InvalidCharacter: 'This character must be escaped',
};

export function Metadata({ resource, mayWrite }: { resource: Resource; mayWrite: boolean }) {
  const { gateway } = useSession();
  const [isEditing, setEditing] = useState(false);
  const { data: text } = useQuery({
    queryKey: ['metadata', resource.id, resource.updatedAt],
    enabled: resource.metadata !== null,
    queryFn: async ({ signal }) =>
      readMetadata(await (await callRest(gateway, `/v1/resources/${resource.id}`, { signal })).text()),
  });
  const shown = resource.metadata === null ? null : (text ?? null);
  return (
    <section>
      <h3>
        Metadata
        {mayWrite && !isEditing && (
          <Button look="quiet" className="small" icon="pen" onClick={() => setEditing(true)}>
            Edit metadata
          </Button>
        )}
      </h3>
      {isEditing ? (
        <Editor resource={resource} text={shown ?? EMPTY} onClose={() => setEditing(false)} />
      ) : shown === null ? (
        <p className="hint">None.</p>
      ) : (
        <pre>{shown}</pre>
      )}
    </section>
  );
}

function Editor({ resource, text, onClose }: { resource: Resource; text: string; onClose: () => void }) {
  const { gateway } = useSession();
  const queries = useQueryClient();
  const [edited, setEdited] = useState(text);
  const [refusal, setRefusal] = useState<string | null>(null);
  const mistakes = findMistakes(edited);
  const wrong = new Set(mistakes.map(({ line }) => line));
  const lines = edited.split('\n').map((_text, i) => i + 1);
  const save = async () => {
    const metadata = edited.trim() === '' ? 'null' : edited;
    try {
      await callRest(gateway, `/v1/resources/${resource.id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        // As it was written, for the same reason.
        body: `{"metadata":${metadata},"if_match":${JSON.stringify(resource.updatedAt)}}`,
      });
      await refreshNow(queries);
      onClose();
    } catch (error) {
      setRefusal(toSentence(error));
    }
  };
  return (
    <>
      <div className="editor">
        <ol aria-hidden="true">
          {lines.map((line) => (
            <li key={line} className={wrong.has(line) ? 'wrong' : ''}>
              {line}
            </li>
          ))}
        </ol>
        <textarea
          aria-label="Metadata as JSON"
          aria-invalid={mistakes.length > 0}
          aria-describedby="mistakes"
          rows={Math.max(4, lines.length)}
          wrap="off"
          spellCheck={false}
          value={edited}
          onChange={({ target }) => setEdited(target.value)}
          onKeyDown={(event) => event.stopPropagation()}
        />
      </div>
      <ul id="mistakes" className="mistakes" aria-live="polite">
        {mistakes.slice(0, 3).map(({ line, sentence }) => (
          <li key={`${line} ${sentence}`}>
            Line {line}: {sentence}.
          </li>
        ))}
      </ul>
      {refusal !== null && (
        <p className="refusal" role="alert">
          {refusal}
        </p>
      )}
      <div className="actions">
        <Button look="primary" disabled={mistakes.length > 0} onClick={() => void save()}>
          Save metadata
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </>
  );
}
