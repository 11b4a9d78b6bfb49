// Shows what the account uses, and what it may.
import type { AskingCommand } from './command.ts';
import { toSizeText } from './report.ts';

const HELP = `Shows how much the account stores, and how much it may.

Usage: resource-gateway usage
`;

export const command: AskingCommand = {
  help: HELP,
  options: {},
  async run({ client, report, signal }) {
    const usage = await client.api.usage.get.query(undefined, { signal });
    const { bytes, resources } = usage;
    const limit = bytes.limit === null ? 'no limit' : `of ${toSizeText(bytes.limit)}`;
    const most = resources.limit === null ? 'no limit' : `of ${resources.limit}`;
    report.tell(usage, `${toSizeText(bytes.used)} (${limit}), ${resources.used} resources (${most})`);
  },
};
