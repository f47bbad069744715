#!/usr/bin/env bash
# Installs what tests need, builds, runs all tests; the last line says "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/dependencies.sh test || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 ORT_DISABLE_TELEMETRY=1   # neither SDK nor ONNX Runtime tells its maker of a test

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

# The trainers' own tests: with PyTorch where Debian's package is there; a gigabyte is not fetched for them.
python=/usr/bin/python3
python_passed=0 python_failed=0 python_skipped=0
training_tests() { # FOLDER MODULE FILE
  local total ran bad left
  total=$(grep -c "^    def test_" "models/training/$3")
  if ! "$python" -c "import torch, cv2, onnx" 2>/dev/null; then
    echo "Skipped $total tests of models/training/$3: python3-torch, python3-opencv and python3-onnx are not all installed (apt-get install python3-torch python3-opencv python3-onnx)."
    python_skipped=$((python_skipped + total))
    return
  fi
  echo "models/training/$3"
  (cd "models/training/$1" && OMP_NUM_THREADS=1 "$python" -m unittest "$2") >"$results/$2.txt" 2>&1 || true
  ran=$(sed -n 's/^Ran \([0-9]*\) tests\{0,1\} in .*/\1/p' "$results/$2.txt")
  bad=$(sed -n 's/^FAILED (\(.*\))$/\1/p' "$results/$2.txt" | grep -oE '(failures|errors)=[0-9]+' | grep -oE '[0-9]+' | awk '{s+=$1} END {print s+0}')
  left=$(grep -oE 'skipped=[0-9]+' "$results/$2.txt" | grep -oE '[0-9]+' | awk '{s+=$1} END {print s+0}')
  bad=${bad:-0} left=${left:-0}
  # A module that cannot be loaded runs as one failed test.
  if [ -z "$ran" ]; then ran=1; bad=1; fi
  [ "$bad" -eq 0 ] || cat "$results/$2.txt"
  python_passed=$((python_passed + ran - bad - left)) python_failed=$((python_failed + bad)) python_skipped=$((python_skipped + left))
}
training_tests . street.test_street street/test_street.py
training_tests plates test_plates plates/test_plates.py

count() { cat "$results"/*.trx 2>/dev/null | grep -o "<Counters [^>]*>" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{s+=$1} END {print s+0}'; }
total=$(count total); passed=$(count passed); failed=$(count failed); executed=$(count executed)
skipped=$((total - executed))
[ "$failed_run" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1   # a crashed run is a failure even where nothing was counted
passed=$((passed + python_passed)) failed=$((failed + python_failed)) skipped=$((skipped + python_skipped))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
