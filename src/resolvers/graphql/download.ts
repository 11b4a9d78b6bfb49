// GraphQL's way to a content: an address on the resource itself.
import type { Disposition } from '../../domain/download/presentation.ts';
import { toDownloadUrl } from '../../schema/download-address.ts';
import { toEnumValues } from '../../schema/graphql/enum-values.ts';
import type { createGraphqlTypes } from '../../schema/graphql/types.ts';
import type { CallContext } from '../call-context.ts';

/** Adds `Resource.downloadUrl`; null to who may not read, since that must not cost a create its answer. */
export function addDownloadFields(builder: ReturnType<typeof createGraphqlTypes<CallContext>>): void {
  const ContentDisposition = builder.enumType('ContentDisposition', {
    description: 'Whether a browser saves a content or shows it; what is not safe to show is always saved.',
    values: toEnumValues<Disposition>({ attachment: 'Save it.', inline: 'Show it.' }),
  });

  builder.objectField('Resource', 'downloadUrl', (t) =>
    t.string({
      nullable: true,
      // A signature each time: see createMeasure.
      extensions: { cost: 20 },
      description: 'Where to fetch the content without a token, for a short while. Needs the scope `resources:read`.',
      args: {
        disposition: t.arg({
          type: ContentDisposition,
          defaultValue: 'attachment',
          description: 'Save it, or show it.',
        }),
      },
      resolve: async ({ id }, args, { operations, caller, origin }) => {
        const disposition = args.disposition ?? 'attachment';
        const address = await operations.downloadUrl({ id, disposition }, caller);
        return toDownloadUrl(address, { origin, disposition }).url;
      },
    }),
  );
}
