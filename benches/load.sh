#!/usr/bin/env bash
# Portal status reads with a load generator that is not ours: wrk or oha, whichever is installed, against the gateway
# and against a bare axum handler that returns the same bytes. benches/load.sh [SECONDS]; BENCH=FILE takes a built bench.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-10} clients=${CLIENTS:-64}
if command -v wrk >/dev/null; then tool=wrk; elif command -v oha >/dev/null; then tool=oha; else
    echo "neither wrk nor oha is installed" >&2
    exit 1
fi
folder=$(mktemp -d)
mkfifo "$folder/hold"
# It serves for as long as its standard input is open, and says where.
if [ -n "${BENCH:-}" ]; then serve=("$BENCH" --serve); else serve=(cargo bench --quiet --bench http -- --serve); fi
"${serve[@]}" <"$folder/hold" >"$folder/said" &
exec 4>"$folder/hold"
trap 'exec 4>&-; wait; rm -rf "$folder"' EXIT
until grep -q '^SERVING' "$folder/said"; do sleep 0.1; done
declare -A said
while IFS='=' read -r name value; do said[$name]=$value; done <"$folder/said"

rate() {
    if [ "$tool" = wrk ]; then
        wrk --threads 1 --connections "$clients" --duration "${seconds}s" "$@" | awk '/^Requests\/sec/ { print int($2) }'
    else
        oha --no-tui -c "$clients" -z "${seconds}s" "$@" | awk '/Requests\/sec/ { print int($2) }'
    fi
}

printf '%-6s %12s %12s %7s   (%s, %s clients, %s s each)\n' answer 'bare axum' haulgate ratio "$tool" "$clients" "$seconds"
for status in 200 304; do
    fields=(-H "authorization: Bearer ${said[TOKEN]}")
    [ "$status" = 200 ] || fields+=(-H "if-none-match: ${said[ETAG]}")
    bare=$(rate "${fields[@]}" "${said[BARE_$status]}")
    ours=$(rate "${fields[@]}" "${said[HAULGATE]}")
    printf '%-6s %12s %12s %7s\n' "$status" "$bare" "$ours" "$(awk "BEGIN { printf \"%.2f\", $ours / $bare }")"
done
