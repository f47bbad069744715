#!/usr/bin/env bash
# The whole gateway on one machine, nothing to configure: a real clip and a rendered one served by RTSP, an embedded MQTT
# broker, events printed as they arrive, an annotated picture saved.
# Usage: scripts/demo.sh [--seconds N]      Tested on Debian 12; Ubuntu 24.04 should work and is untested.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=30
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds="${2:?--seconds wants a number}"; shift 2 ;;
    -h|--help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
    *) echo "unknown option: $1 (see scripts/demo.sh --help)" >&2; exit 2 ;;
  esac
done

scripts/dependencies.sh demo

# 1. Build once; a later run starts at once while no source is newer.
gateway=src/EdgeGateway/bin/Release/net10.0/edgegateway
if [ ! -x "$gateway" ] || [ -n "$(find src models Directory.*.props -newer "$gateway.dll" \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.onnx' -o -name 'models.json' -o -name '*.mp4' \) -print -quit)" ]; then
  echo "Building…" >&2
  dotnet build src/EdgeGateway -c Release -v quiet --nologo >&2
  touch "$gateway.dll"
fi

# 2. The real clip: Debian's opencv-doc holds it; RTSP wants H.264.
mkdir -p .cache demo-output
clip=.cache/vtest.mp4
if [ ! -s "$clip" ]; then
  source=/usr/share/doc/opencv-doc/examples/data/vtest.avi
  if [ -e "$source.gz" ]; then gzip -dc "$source.gz" > .cache/vtest.avi; source=.cache/vtest.avi; fi
  [ -e "$source" ] || { echo "Debian's opencv-doc is installed but holds no vtest.avi; is /usr/share/doc left out by dpkg (path-exclude)?" >&2; exit 1; }
  ffmpeg -nostdin -v error -y -i "$source" -c:v libx264 -preset veryfast -bf 0 -g 20 -pix_fmt yuv420p .cache/part.mp4 && mv .cache/part.mp4 "$clip"
fi

# 3. Serve both on loopback, on a free port. (Debian's own Python: only it has the GStreamer bindings.)
/usr/bin/python3 scripts/rtsp-server.py --port 0 "plaza=$clip" "traffic=models/clips/traffic.mp4" >demo-output/rtsp-server.log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  port=$(awk '/^ready /{print $2}' demo-output/rtsp-server.log)
  [ -n "$port" ] && break
  kill -0 $server 2>/dev/null || { echo "The RTSP server did not start; demo-output/rtsp-server.log says why." >&2; exit 1; }
  sleep 0.1
done

# 4. The gateway, with an embedded broker.
"$gateway" demo --seconds "$seconds" --rtsp "rtsp://127.0.0.1:$port" --out demo-output
