#!/usr/bin/env bash
# Sends a file, however large, finds it again by its place, downloads it and compares. Needs curl and sha256sum.
#
#   URL=http://127.0.0.1:3000 TOKEN=$(npm run --silent token) examples/curl/upload.sh report.pdf /docs
set -euo pipefail

file=$1
directory=${2:-/}
sha256=$(sha256sum <"$file" | cut -d' ' -f1)

gateway() {
  curl --silent --show-error --fail-with-body -H "Authorization: Bearer $TOKEN" "$@"
}

# The same key for the same file in the same place: when the answer is lost, --retry gets it and stores nothing twice.
# With the digest, a file that changes while it is read is refused rather than stored.
key=$(printf '%s %s %s' "$directory" "$(basename "$file")" "$sha256" | sha256sum | cut -c1-64)
gateway --retry 5 --retry-connrefused -H "Idempotency-Key: $key" "$URL/v1/resources" \
  -F "directory_path=$directory" -F "expected_sha256=$sha256" -F "file=@$file"
echo

found=$(gateway --get "$URL/v1/resources/by-path" \
  --data-urlencode "directory_path=$directory" --data-urlencode "name=$(basename "$file")")
id=$(sed -n 's/^{"id":"\([^"]*\)".*/\1/p' <<<"$found")

# A download that breaks goes on where it was (-C -), as long as the content is the same.
copy=$(mktemp)
trap 'rm -f "$copy"' EXIT
gateway --retry 5 -C - -o "$copy" "$URL/v1/resources/$id/content"
echo "$sha256  $copy" | sha256sum --check --status
echo "the download of $id is the file that was sent"
