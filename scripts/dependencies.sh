#!/usr/bin/env bash
# Installs the Debian packages that the gateway, its demo or its tests need, and only those that are missing.
# Usage: scripts/dependencies.sh run|demo|test
set -euo pipefail

# What the gateway itself runs with: ffmpeg decodes; OpenCV's official build links GTK; setpriv (util-linux) ties ffmpeg to us.
run=(ffmpeg libgtk-3-0 util-linux fonts-dejavu-core tzdata)
# A real RTSP server and a real clip for the demo.
demo=(python3-gi gir1.2-gst-rtsp-server-1.0 gir1.2-gstreamer-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good
      gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav glib-networking opencv-doc)
# Real brokers and tools for the tests.
test=(mosquitto mosquitto-clients procps openssl influxdb victoria-metrics nats-server haproxy
      swift-proxy swift-account swift-container swift-object memcached)

case "${1:-}" in
  run)  want=("${run[@]}") ;;
  demo) want=("${run[@]}" "${demo[@]}") ;;
  test) want=("${run[@]}" "${demo[@]}" "${test[@]}") ;;
  *) echo "usage: scripts/dependencies.sh run|demo|test" >&2; exit 2 ;;
esac

if ! command -v dotnet >/dev/null || ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
  echo "The .NET 10 SDK is missing. Install it first (Microsoft's packages for Debian: dotnet-sdk-10.0), then run this again." >&2
  exit 1
fi

missing=()
for package in "${want[@]}"; do
  # Ubuntu 24.04 names some libraries with a t64 ending; either one serves.
  status=$(dpkg-query -W -f='${Status}\n' "$package" "${package}t64" 2>/dev/null || true)
  [[ "$status" == *'install ok installed'* ]] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null; then sudo="sudo"; else
    echo "These Debian packages are missing: ${missing[*]}. Install them as root, then run this again." >&2
    exit 1
  fi
fi
echo "Installing: ${missing[*]}" >&2
$sudo apt-get update -q >&2
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
# The distribution's own services are not wanted: tests start their own on free ports.
for service in mosquitto influxdb victoria-metrics nats-server haproxy; do
  if printf '%s\n' "${missing[@]}" | grep -qx "$service" && command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then
    $sudo systemctl disable --now "$service" >&2 || true
  fi
done
