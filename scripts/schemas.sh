#!/usr/bin/env bash
# Writes the generated schemas and golden files anew; look at the difference before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."
EDGEGATEWAY_UPDATE=1 dotnet test tests/Sync.Tests -c Release --nologo --filter "FullyQualifiedName~Events|FullyQualifiedName~CommandSchemaTests|FullyQualifiedName~VisitorReportTests"
dotnet run --project src/EdgeGateway -c Release -- validate --write-schema config/schema
git --no-pager diff --stat -- docs config tests
