// What the texts of all shared inserts have in common. First what they lock before they create anything, as common table
// expressions over their rows, `input`.

/** The rows whose claim on an idempotency key still stands. */
export const HELD = `held as materialized (
  select keyed.row_no from (
    select account_id, claim_key, claim_owner, row_no from input where claim_key is not null
    order by account_id collate "C", claim_key collate "C"
  ) keyed cross join lateral (
    select from idempotency_keys where idempotency_keys.account_id = keyed.account_id
      and idempotency_keys.key = keyed.claim_key and idempotency_keys.owner = keyed.claim_owner
      and idempotency_keys.result is null
    limit 1 for update
  ) row
)`;

/** The rows whose upload can be taken, and the bytes that taking it frees. */
export const TAKEN = `taken as materialized (
  select asked.row_no, row.freed from (
    select account_id, upload_id, row_no from input where upload_id is not null
    order by account_id collate "C", upload_id
  ) asked cross join lateral (
    select reserved_by(state, reserved_bytes, size_bytes, offset_bytes) as freed
    from uploads where uploads.account_id = asked.account_id and uploads.id = asked.upload_id
      and uploads.state = 'complete'
    limit 1 for update
  ) row
)`;

/** Whose place a row of `placed` would have taken; the look into the index is one. */
export const EXISTING_ID = `(
    select id from (
      select id, directory_path, name from resources where resources.account_id = placed.account_id
        and (resources.directory_path, resources.name) >= (placed.directory_path, placed.name)
      order by resources.directory_path, resources.name limit 1
    ) nearest where nearest.directory_path = placed.directory_path and nearest.name = placed.name
  )`;

/** What a row of `idempotency_keys` becomes that a result is kept under. */
export const KEEP_RESULT = `on conflict (account_id, key) do update set expires_at = excluded.expires_at,
    fingerprint = excluded.fingerprint, result = excluded.result, storage_bucket = excluded.storage_bucket,
    storage_key = excluded.storage_key`;

/** What a row of `uploads` becomes whose content a resource has taken. */
export const CONSUME = `on conflict (account_id, id) do update set state = excluded.state,
    resource_id = excluded.resource_id, error = null, holder = null, held_until = null, due_at = uploads.expires_at`;
