// Loads what a start loads, so that Node keeps it compiled (NODE_COMPILE_CACHE); starts nothing.
await import('../src/config.ts');
await import('../src/start/embedded-server.ts');
await import('../src/serve.ts');
await import('../src/resolvers/graphql/endpoint.ts');
await import('../src/workers.ts');
