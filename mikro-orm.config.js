// The MikroORM command line takes a .ts configuration only with a TypeScript loader installed; Node itself needs none.
export { default } from './mikro-orm.config.ts';
