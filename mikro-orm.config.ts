// What the MikroORM command line needs: the database that the service itself would open.
import { loadConfig } from './src/config.ts';
import { createCliOptions } from './src/persistence/database/cli-options.ts';

export default () => createCliOptions(loadConfig(process.env).database);
