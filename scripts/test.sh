#!/usr/bin/env bash
# Installs what tests need, builds, runs all tests; the last line says "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/dependencies.sh test || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

dotnet build EdgeGateway.sln -c Release -v quiet --nologo || { echo "The build failed." >&2; exit 1; }

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed_run=0
for project in Vision Sync EdgeGateway; do
  dotnet test "tests/$project.Tests" -c Release --no-build --nologo \
    --logger "trx;LogFileName=$project.trx" --logger "console;verbosity=normal" --results-directory "$results" \
    --blame-hang --blame-hang-timeout 10m 2>&1 | grep -vE '^\s+Passed ' || true
  [ "${PIPESTATUS[0]}" -eq 0 ] || failed_run=1
done

count() { cat "$results"/*.trx 2>/dev/null | grep -o "<Counters [^>]*>" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{s+=$1} END {print s+0}'; }
total=$(count total); passed=$(count passed); failed=$(count failed); executed=$(count executed)
skipped=$((total - executed))
[ "$failed_run" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1   # a crashed run is a failure even where nothing was counted
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
