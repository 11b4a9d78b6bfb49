// The baseline as a process. Its one argument is its settings as JSON; it prints its address as the gateway does.
import { startNaiveServer } from './server.ts';

const settings = JSON.parse(process.argv[2] ?? '{}');
const address = await startNaiveServer(settings);
process.stdout.write(`${JSON.stringify({ address })}\n`);
process.on('SIGTERM', () => process.exit(0));
