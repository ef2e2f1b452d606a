#!/usr/bin/env bash
# How long `haulgate serve` takes from being started to answering /readyz with 200, and how much memory it holds when
# nobody asks anything, on SQLite. Builds the release binary, or takes the one named: benches/idle.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-}
if [ -z "$binary" ]; then
    cargo build --release --quiet
    binary=${CARGO_TARGET_DIR:-target}/release/haulgate
fi
folder=$(mktemp -d)
api=${API_PORT:-18080} admin=${ADMIN_PORT:-18081} pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT

# Asks without starting a process, so that asking costs about nothing.
is_ready() {
    local answer
    { exec 3<>"/dev/tcp/127.0.0.1/$admin"; } 2>/dev/null || return 1
    printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
    read -r answer <&3 || answer=
    exec 3>&-
    [[ $answer == *" 200 "* ]]
}

printf '%-28s %10s %12s\n' start 'ready, ms' 'idle, MiB'
for run in 'first, empty folder' second third fourth fifth; do
    since=$(date +%s%N)
    HAULGATE__SERVER__LISTEN=127.0.0.1:$api HAULGATE__SERVER__ADMIN_LISTEN=127.0.0.1:$admin \
        HAULGATE__DATABASE__URL=sqlite:$folder/haulgate.db HAULGATE__SYSTEMS__PROOFS__DIRECTORY=$folder/proofs \
        "$binary" serve >/dev/null 2>&1 &
    pid=$!
    until is_ready; do kill -0 "$pid"; done
    took=$((($(date +%s%N) - since) / 1000000))
    sleep 2
    idle=$(awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$pid/status")
    printf '%-28s %10s %12s\n' "$run" "$took" "$idle"
    kill -TERM "$pid"
    wait "$pid" || true
    pid=
done
