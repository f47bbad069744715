#!/usr/bin/env bash
# Makes the Debian package: a self-contained publish, models, schemas, samples, unit, bill of materials. The same commit gives the same bytes.
# Usage: scripts/package.sh [--arch amd64|arm64] [--out DIR] [--version V] [--source DIR]
#   --source DIR   take the files of this folder instead of the commit that is checked out (for tests; not reproducible)
# Prints the package's path. Needs the .NET 10 SDK, dpkg-deb, python3 and git. arm64 needs OpenCV's native library for it, which NuGet lacks today.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
arch=amd64 out="$root/artifacts" version="" source=""
while [ $# -gt 0 ]; do
  case "$1" in
    --arch) arch="${2:?--arch wants amd64 or arm64}"; shift 2 ;;
    --out) out="${2:?--out wants a folder}"; shift 2 ;;
    --version) version="${2:?--version wants a version}"; shift 2 ;;
    --source) source="${2:?--source wants a folder}"; shift 2 ;;
    -h|--help) sed -n '2,5s/^# //p' "$0"; exit 0 ;;
    *) echo "unknown option: $1 (see scripts/package.sh --help)" >&2; exit 2 ;;
  esac
done
case "$arch" in
  amd64) rid=linux-x64 ;;
  arm64) rid=linux-arm64 ;;
  *) echo "--arch takes amd64 or arm64, not '$arch'" >&2; exit 2 ;;
esac
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 LC_ALL=C TZ=UTC
umask 022

# 1. What is packed is what was committed, at the commit's own time; the folder's name reaches no binary (PathMap).
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
build="$work/source"
mkdir "$build"
if [ -n "$source" ]; then
  tar -C "$source" --exclude=.git --exclude=bin --exclude=obj --exclude=artifacts -c src models config deploy docs scripts Directory.Build.props Directory.Packages.props global.json .editorconfig LICENSE NOTICE CHANGELOG.md | tar -x -C "$build"
  export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(date +%s)}"
else
  git -C "$root" archive HEAD | tar -x -C "$build"
  SOURCE_DATE_EPOCH="$(git -C "$root" log -1 --format=%ct)"
  export SOURCE_DATE_EPOCH
fi
[ -n "$version" ] || version="$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$build/Directory.Build.props")"

# 2. Publish. Lock files pin versions; a runtime adds its own lines to them, in this copy only.
dotnet publish "$build/src/EdgeGateway" -c Release -r "$rid" --self-contained -o "$work/publish" -v quiet --nologo \
  -p:ContinuousIntegrationBuild=true -p:Deterministic=true -p:PathMap="$build=/edgegateway" -p:DebugType=none -p:GenerateDocumentationFile=false \
  -p:IncludeSourceRevisionInInformationalVersion=false -p:EnableSourceControlManagerQueries=false -p:Version="$version" >&2

# 3. The tree.
tree="$work/tree" doc="$work/tree/usr/share/doc/edgegateway"
install -d "$tree/usr/lib" "$tree/usr/bin" "$tree/lib/systemd/system" "$tree/usr/lib/sysusers.d" "$tree/usr/lib/tmpfiles.d" "$tree/usr/share/edgegateway" \
  "$tree/usr/share/lintian/overrides" "$tree/etc/edgegateway" "$doc/examples"
cp -r "$work/publish" "$tree/usr/lib/edgegateway"
ln -s ../lib/edgegateway/edgegateway "$tree/usr/bin/edgegateway"
cp "$build/deploy/systemd/edgegateway.service" "$tree/lib/systemd/system/"
cp "$build/deploy/debian/sysusers.conf" "$tree/usr/lib/sysusers.d/edgegateway.conf"
cp "$build/deploy/debian/tmpfiles.conf" "$tree/usr/lib/tmpfiles.d/edgegateway.conf"
cp -r "$build/config/schema" "$tree/usr/share/edgegateway/schema"
ln -s /usr/share/edgegateway/schema "$tree/etc/edgegateway/schema"            # the first line of each sample names it
cp "$build/config/holidays.csv" "$tree/etc/edgegateway/"                      # the one file of /etc that comes ready to use
cp -r "$build/config/gateway.yaml" "$build/config/cameras" "$build/config/legal" "$doc/examples/"
cp "$build/deploy/systemd/storage-key.conf" "$doc/examples/"
cp "$build"/docs/*.md "$build/docs/asyncapi.yaml" "$build/docs/open-owner.py" "$build/NOTICE" "$doc/"
cp -r "$build/docs/vi" "$build/docs/schema" "$build/docs/pictures" "$doc/"
cp -r "$build/deploy/grafana" "$doc/examples/"
[ -e "$build/SECURITY.md" ] && cp "$build/SECURITY.md" "$doc/"
cp "$build/deploy/debian/copyright" "$doc/copyright"
cp "$build/CHANGELOG.md" "$doc/"
printf 'edgegateway (%s) stable; urgency=medium\n\n  * What is new: CHANGELOG.md beside this file.\n\n -- The EdgeGateway authors <edgegateway@localhost>  %s\n' \
  "$version" "$(date -uR -d "@$SOURCE_DATE_EPOCH")" | gzip -9nc >"$doc/changelog.gz"
cp "$build/deploy/debian/lintian-overrides" "$tree/usr/share/lintian/overrides/edgegateway"
/usr/bin/python3 "$build/scripts/sbom.py" "$build/src/EdgeGateway/obj/project.assets.json" "$work/publish/edgegateway.deps.json" \
  "${NUGET_PACKAGES:-$HOME/.nuget/packages}" "$version" "$doc/sbom.cdx.json" "$doc/licences.tsv"

# 4. Modes and times: nothing of this machine stays.
find "$tree" -type d -exec chmod 0755 {} +
find "$tree" -type f -exec chmod 0644 {} +
chmod 0755 "$tree/usr/lib/edgegateway/edgegateway"
[ -e "$tree/usr/lib/edgegateway/createdump" ] && chmod 0755 "$tree/usr/lib/edgegateway/createdump"

# 5. Control files.
install -d "$tree/DEBIAN"
size="$(du -k --apparent-size -s "$tree/usr" | cut -f1)"
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" "$build/deploy/debian/control.in" >"$tree/DEBIAN/control"
echo /etc/edgegateway/holidays.csv >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 0755 "$build/deploy/debian/$script" "$tree/DEBIAN/$script"; done
(cd "$tree" && find usr lib etc -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0r touch --no-dereference --date="@$SOURCE_DATE_EPOCH"

# 6. The archive: dpkg-deb takes times from SOURCE_DATE_EPOCH and sorts its members; one thread, since xz splits its blocks by their number.
mkdir -p "$out"
package="$out/edgegateway_${version}_${arch}.deb"
dpkg-deb --root-owner-group --threads-max=1 -Zxz -z2 --build "$tree" "$package" >&2
echo "$package"
