// What every shared insert locks before it creates anything, as common table expressions over its rows, `input`.

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
