#!/usr/bin/env bash
# Trains, judges, exports and registers one model: models/train.sh NAME [--data DIR] [--minutes N | --until HH:MM] ...
# NAME: street, street-s, plate-detect, plate-read. Goes on from its last checkpoint after any stop.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
usage() { echo "usage: models/train.sh street|street-s|plate-detect|plate-read [--data DIR] [--minutes N | --until HH:MM]" >&2; exit 2; }
[ $# -ge 1 ] || usage
name="$1"; shift
case "$name" in street|street-s|plate-detect|plate-read) ;; *) echo "no model is called '$name'" >&2; usage ;; esac

data="$here/../../shared/data"
rest=()
while [ $# -gt 0 ]; do
  case "$1" in
    --data) [ $# -ge 2 ] || usage; data="$2"; shift 2 ;;
    --data=*) data="${1#--data=}"; shift ;;
    *) rest+=("$1"); shift ;;
  esac
done
if [ ! -d "$data" ]; then
  echo "there is no data folder at $data: it is expected at ../shared/data beside the project (folders detection/ and plates/, described in their README.md); name another with --data DIR" >&2
  exit 1
fi
data="$(cd "$data" && pwd)"

python=/usr/bin/python3
if ! "$python" -c "import torch, torchvision, onnx, cv2, scipy, matplotlib" 2>/dev/null || ! dpkg -s libopenblas0-pthread >/dev/null 2>&1; then
  packages=(python3-torch python3-torchvision python3-onnx python3-opencv python3-scipy python3-pandas python3-matplotlib
    libopenblas0-pthread)     # PyTorch takes the system's BLAS: the reference one multiplies 10 times slower
  echo "installs ${packages[*]}" >&2
  as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -q >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${packages[@]}" >&2
fi
command -v dotnet >/dev/null || { echo "dotnet (SDK 10) is needed: ONNX Runtime, which checks the export, has no Debian package" >&2; exit 1; }

# Spinning OpenMP threads halve the rate as soon as anything else runs.
export OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0
export OMP_NUM_THREADS="${THREADS:-1}"
# Else glibc gives each large tensor back to the system at once, and every step faults its pages in anew: a third of the rate (NOTES.md).
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
cd "$here/training"
case "$name" in
  street)
    nice -n 19 "$python" -m street.train --data "$data" --threads "$OMP_NUM_THREADS" ${rest[@]+"${rest[@]}"}
    exec nice -n 19 "$python" -m street.release --data "$data" --name street ;;
  street-s)      # the weights of street in 8-bit integers: nothing is learnt
    exec nice -n 19 "$python" -m street.release --data "$data" --name street-s ;;
  plate-detect|plate-read)
    script="plates/train_${name#plate-}.py"
    [ -f "$script" ] || { echo "models/training/$script is missing" >&2; exit 1; }
    exec nice -n 19 env PYTHONPATH="$here/training" "$python" "$script" --data "$data" ${rest[@]+"${rest[@]}"} ;;
esac
