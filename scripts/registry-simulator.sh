#!/usr/bin/env bash
# The registration services of a province, simulated on this machine: REST, SOAP and a platform's tokens over HTTPS with a client
# certificate, faults on request. Everybody in it is invented.
# Usage: scripts/registry-simulator.sh [--port 8443] [--folder DIR] [--faults slow,html_page] [--share 0.3] [--certificate expired]
set -euo pipefail
cd "$(dirname "$0")/.."
exec dotnet run --project tests/RegistrySimulator -c Release -- "$@"
