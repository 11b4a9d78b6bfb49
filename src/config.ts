// The only reader of the environment. It refuses a bad one whole, naming every problem at once.
import { resolve } from 'node:path';
import { z } from 'zod';
import type { AuthenticatorOptions } from './auth/authenticator.ts';
import type { ConsoleSignIn } from './console/mount.ts';
import type { DatabaseLocation } from './persistence/database/database.ts';
import type { AllowedHost, RemoteOptions } from './remote/options.ts';
import {
  allowedHost,
  flag,
  httpUrl,
  list,
  originUrl,
  postgresUrl,
  type RatePoints,
  ratePoints,
  sourceBucket,
  type TrustProxy,
  trustProxy,
  wholeNumber,
} from './start/variables.ts';
import type { StoreLocation } from './storage/open-blob-store.ts';

/** What a `uri` may name, and how the clouds are reached; the AWS SDK reads its own variables. */
export type RemoteConfig = Omit<RemoteOptions, 'limits' | 'lookup' | 'onBlocked'>;

/** `intervalMs` 0: no sweep unless asked for. What is younger than `graceMs` is not swept. */
export type SweepConfig = { readonly intervalMs: number; readonly graceMs: number };

export type Config = {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly database: DatabaseLocation;
  readonly storage: StoreLocation;
  readonly auth: AuthenticatorOptions;
  /** Where people may sign in to the console; null: they bring a token. */
  readonly consoleSignIn: ConsoleSignIn | null;
  /** Scheme and host that callers reach the gateway by; null: what their requests name. */
  readonly publicUrl: string | null;
  /** How long a downloadUrl holds. */
  readonly downloadUrlTtlSeconds: number;
  /** Whose `X-Forwarded-*` is believed: so many proxies in a row, or these addresses; null: nobody's. */
  readonly trustProxy: TrustProxy | null;
  /** Where `/metrics` is answered instead of beside the service; null: beside it. */
  readonly metricsAddress: AllowedHost | null;
  /** How long running requests may go on once the gateway stops. */
  readonly drainMs: number;
  /** How long a stopping gateway says that it is not ready before it takes no more connections. */
  readonly stopDelayMs: number;
  readonly maxContentBytes: number;
  /** Contents up to this size live in the database; 0: none. */
  readonly inlineMaxBytes: number;
  /** Of the contents that one process keeps in memory because they are asked for often; 0: none. */
  readonly contentCacheBytes: number;
  /** How long a repeat with the same idempotency key gets the first result. */
  readonly idempotencyTtlMs: number;
  /** How long what is deleted stays in the trash; 0: there is none. */
  readonly trashTtlMs: number;
  /** How many earlier versions of a resource are kept, and for how long. */
  readonly versions: { readonly maxCount: number; readonly ttlMs: number };
  /** How long an upload lives on after each change. */
  readonly uploadTtlMs: number;
  /** Uploads of one account that are open or complete. */
  readonly maxOpenUploads: number;
  /** What each account may ask in a window of time; null: as much as it likes. */
  readonly ratePoints: RatePoints | null;
  /** What each account may have, unless it is set otherwise for it; null: as much as it likes. */
  readonly quotas: { readonly bytes: number | null; readonly resources: number | null };
  readonly sweep: SweepConfig;
  /** How long events are kept, at least. */
  readonly eventsTtlMs: number;
  /** Half of the sweep's grace: what a create may take, so that the other half is left for its record. */
  readonly maxCreateMs: number;
  /** Whether GraphQL callers may ask for the schema. */
  readonly graphqlIntrospection: boolean;
  readonly remote: RemoteConfig;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly workers: number;
};

/** The environment is not one this product can run in. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_QUOTA = 1e15 - 1;
/** The log's parts are used again after two months. */
const MAX_EVENTS_TTL_S = 45 * 86_400;
/** A create gets half of it, and an insert that a struggling database delays must fit into the other half. */
const MIN_GRACE_MS = HOUR_MS / 6;

/** From the process that leads the workers to them: the address of the embedded server that it runs. */
export const EMBEDDED_URL = 'EMBEDDED_DATABASE_URL';

const environment = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber('a port', { min: 0, max: 65_535 }).default(3000),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: postgresUrl.optional(),
  [EMBEDDED_URL]: postgresUrl.optional(),
  S3_BUCKET: z.string().optional(),
  S3_FORCE_PATH_STYLE: flag.default(false),
  S3_PRESIGN: flag.default(true),
  AUTH_JWKS_URL: httpUrl.optional(),
  AUTH_JWKS_STALE_SECONDS: wholeNumber('a time in seconds', { min: 0, max: 30 * 86_400 }).default(86_400),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  AUTH_ACCOUNT_CLAIM: z.string().default('account_id'),
  CONSOLE_CLIENT_ID: z.string().optional(),
  CONSOLE_SCOPE: z.string().default('openid resources:read resources:write resources:delete'),
  PUBLIC_URL: originUrl.optional(),
  TRUST_PROXY: trustProxy.optional(),
  METRICS_ADDRESS: allowedHost.optional(),
  DRAIN_MS: wholeNumber('a time in milliseconds', { min: 0, max: HOUR_MS }).default(20_000),
  STOP_DELAY_MS: wholeNumber('a time in milliseconds', { min: 0, max: HOUR_MS }).optional(),
  DOWNLOAD_URL_TTL: wholeNumber('a time in seconds', { min: 1, max: 7 * 86_400 }).default(900),
  MAX_CONTENT_BYTES: wholeNumber('a size in bytes', { min: 1, max: 1024 * GIB }).default(5 * GIB),
  URI_ALLOW_HOSTS: list.pipe(z.array(allowedHost)).default([]),
  SOURCE_BUCKETS: list.pipe(z.array(sourceBucket)).default([]),
  STORAGE_EMULATOR_HOST: z.string().optional(),
  AZURE_STORAGE_CONNECTION_STRING: z.string().optional(),
  INLINE_MAX_BYTES: wholeNumber('a size in bytes', { min: 0, max: MIB }).optional(),
  CONTENT_CACHE_BYTES: wholeNumber('a size in bytes', { min: 0, max: 64 * GIB }).default(32 * MIB),
  IDEMPOTENCY_TTL: wholeNumber('a time in seconds', { min: 1, max: 31_536_000 }).default(86_400),
  TRASH_TTL: wholeNumber('a time in seconds', { min: 0, max: 100 * 366 * 86_400 }).default(30 * 86_400),
  VERSIONS_MAX: wholeNumber('a number of versions', { min: 0, max: 1_000_000 }).default(100),
  VERSIONS_TTL: wholeNumber('a time in seconds', { min: 0, max: 100 * 366 * 86_400 }).default(90 * 86_400),
  UPLOAD_TTL: wholeNumber('a time in seconds', { min: 1, max: 31 * 86_400 }).default(86_400),
  MAX_OPEN_UPLOADS: wholeNumber('a number of uploads', { min: 1, max: 1_000_000 }).default(1_000),
  QUOTA_BYTES: wholeNumber('a size in bytes', { min: 0, max: MAX_QUOTA }).optional(),
  QUOTA_RESOURCES: wholeNumber('a number of resources', { min: 0, max: MAX_QUOTA }).optional(),
  RATE_POINTS: ratePoints.optional(),
  SWEEP_INTERVAL_MS: wholeNumber('a time in milliseconds', { min: 0, max: 7 * DAY_MS }).default(HOUR_MS),
  SWEEP_GRACE_MS: wholeNumber('a time in milliseconds', { min: MIN_GRACE_MS, max: 365 * DAY_MS }).default(DAY_MS),
  EVENTS_TTL: wholeNumber('a time in seconds', { min: 3_600, max: MAX_EVENTS_TTL_S }).default(30 * 86_400),
  GRAPHQL_INTROSPECTION: flag.optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  WORKERS: wholeNumber('a number of processes', { min: 1, max: 256 }).default(1),
});

type Environment = z.output<typeof environment>;

/** What cannot be told from one variable alone. */
function contradictions(env: Environment): string[] {
  const problems: string[] = [];
  if (env.AUTH_JWKS_URL === undefined) {
    if (env.NODE_ENV === 'production') {
      problems.push('AUTH_JWKS_URL must be set in production: the development signing key is not used there');
    }
  } else {
    if (env.AUTH_ISSUER === undefined) problems.push('AUTH_ISSUER must be set together with AUTH_JWKS_URL');
    if (env.AUTH_AUDIENCE === undefined) problems.push('AUTH_AUDIENCE must be set together with AUTH_JWKS_URL');
  }
  if (env.CONSOLE_CLIENT_ID !== undefined && !/^https?:\/\/[^\s;,]+$/.test(env.AUTH_ISSUER ?? '')) {
    problems.push('AUTH_ISSUER must be the URL of the issuer when CONSOLE_CLIENT_ID is set: people sign in there');
  }
  if (env.METRICS_ADDRESS?.port === null) problems.push('METRICS_ADDRESS must name a port, as in 127.0.0.1:9464');
  return problems;
}

function toAuthConfig(env: Environment, dataDir: string): AuthenticatorOptions {
  const rules = {
    issuer: env.AUTH_ISSUER ?? 'resource-gateway-development',
    audience: env.AUTH_AUDIENCE ?? 'resource-gateway',
    accountClaim: env.AUTH_ACCOUNT_CLAIM,
  };
  return env.AUTH_JWKS_URL === undefined
    ? { kind: 'development', dataDir, ...rules }
    : { kind: 'jwks', url: env.AUTH_JWKS_URL, maxStaleMs: env.AUTH_JWKS_STALE_SECONDS * 1000, ...rules };
}

function toConsoleSignIn(env: Environment): ConsoleSignIn | null {
  const { CONSOLE_CLIENT_ID: clientId, CONSOLE_SCOPE: scope, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = env;
  if (clientId === undefined || issuer === undefined) return null;
  return { issuer, clientId, scope, audience: audience ?? null };
}

/**
 * The configuration that an environment describes; an empty variable counts as absent.
 * @throws ConfigError naming every problem
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`));
  }
  const vars = parsed.data;
  const problems = contradictions(vars);
  if (problems.length > 0) throw new ConfigError(problems);

  const production = vars.NODE_ENV === 'production';
  const dataDir = resolve(vars.DATA_DIR);
  return {
    production,
    host: vars.HOST,
    port: vars.PORT,
    dataDir,
    database:
      vars.DATABASE_URL === undefined
        ? { kind: 'embedded', directory: resolve(dataDir, 'postgres'), url: vars[EMBEDDED_URL] ?? null }
        : { kind: 'postgres', url: vars.DATABASE_URL },
    storage:
      vars.S3_BUCKET === undefined
        ? { kind: 'directory', directory: resolve(dataDir, 'blobs') }
        : {
            kind: 's3',
            bucket: vars.S3_BUCKET,
            forcePathStyle: vars.S3_FORCE_PATH_STYLE,
            createBucket: !production,
            presign: vars.S3_PRESIGN,
          },
    auth: toAuthConfig(vars, dataDir),
    consoleSignIn: toConsoleSignIn(vars),
    publicUrl: vars.PUBLIC_URL ?? null,
    downloadUrlTtlSeconds: vars.DOWNLOAD_URL_TTL,
    trustProxy: vars.TRUST_PROXY ?? null,
    metricsAddress: vars.METRICS_ADDRESS ?? null,
    drainMs: vars.DRAIN_MS,
    stopDelayMs: vars.STOP_DELAY_MS ?? (production ? 5_000 : 0),
    maxContentBytes: vars.MAX_CONTENT_BYTES,
    inlineMaxBytes: vars.INLINE_MAX_BYTES ?? (vars.S3_BUCKET === undefined ? 16 * 1024 : 0),
    contentCacheBytes: vars.CONTENT_CACHE_BYTES,
    idempotencyTtlMs: vars.IDEMPOTENCY_TTL * 1000,
    trashTtlMs: vars.TRASH_TTL * 1000,
    versions: { maxCount: vars.VERSIONS_MAX, ttlMs: vars.VERSIONS_TTL * 1000 },
    uploadTtlMs: vars.UPLOAD_TTL * 1000,
    maxOpenUploads: vars.MAX_OPEN_UPLOADS,
    quotas: { bytes: vars.QUOTA_BYTES ?? null, resources: vars.QUOTA_RESOURCES ?? null },
    ratePoints: vars.RATE_POINTS ?? null,
    sweep: { intervalMs: vars.SWEEP_INTERVAL_MS, graceMs: vars.SWEEP_GRACE_MS },
    eventsTtlMs: vars.EVENTS_TTL * 1000,
    maxCreateMs: vars.SWEEP_GRACE_MS / 2,
    graphqlIntrospection: vars.GRAPHQL_INTROSPECTION ?? !production,
    remote: {
      allowHosts: vars.URI_ALLOW_HOSTS,
      sourceBuckets: vars.SOURCE_BUCKETS,
      s3: { forcePathStyle: vars.S3_FORCE_PATH_STYLE },
      gcsEmulatorHost: vars.STORAGE_EMULATOR_HOST ?? null,
      azureConnectionString: vars.AZURE_STORAGE_CONNECTION_STRING ?? null,
    },
    logLevel: vars.LOG_LEVEL,
    workers: vars.WORKERS,
  };
}
