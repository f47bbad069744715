#!/usr/bin/env bash
# Installs, upgrades, downgrades, removes and purges the package in a throw-away Debian root (a copy-on-write view of this machine where overlayfs works, else
# this machine itself with --here), and shows that neither state nor configuration is lost. Ends with "N passed, N failed".
# Usage: scripts/test-package.sh OLD.deb NEW.deb [--here]
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
old="$(realpath "$1")" new="$(realpath "$2")" here="${3:-}"
[ "$(id -u)" -eq 0 ] || { echo "This test installs packages: run it as root." >&2; exit 2; }

if [ "$here" != "--inside" ] && [ "$here" != "--here" ]; then
  # A mount namespace of its own, over it everything written goes into memory: the machine keeps nothing.
  exec unshare --mount --propagation private bash -c '
    set -e
    top=$(mktemp -d) && mount -t tmpfs -o size=2g tmpfs "$top"
    for folder in usr etc var lib; do
      [ -L "/$folder" ] && continue
      mkdir -p "$top/$folder.up" "$top/$folder.work"
      mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$top/$folder.up,workdir=$top/$folder.work" "/$folder" || { echo "overlayfs does not work here; on a machine that may be changed run it with --here" >&2; exit 77; }
    done
    exec bash "$0" "$1" "$2" --inside' "$(realpath "$0")" "$old" "$new"
fi
if dpkg-query -W -f='${Status}' edgegateway 2>/dev/null | grep -q 'install ok installed'; then echo "edgegateway is installed here already; this test would remove it." >&2; exit 2; fi

passed=0 failed=0 credentials="$(mktemp -d)"
check() { # WORDS COMMAND...
  local words="$1"; shift
  if "$@" >/tmp/edgegateway-package-test.log 2>&1; then passed=$((passed + 1)); echo "ok    $words"
  else failed=$((failed + 1)); echo "FAIL  $words"; sed 's/^/      /' /tmp/edgegateway-package-test.log; fi
}
owner() { [ "$(stat -c %U:%G:%a "$1")" = "$2" ]; }
# As systemd starts it: its user, its credentials.
as_service() { env CREDENTIALS_DIRECTORY="$credentials" RUNTIME_DIRECTORY="$credentials" setpriv --reuid edgegateway --regid edgegateway --clear-groups "$@"; }
state() { (cd /var/lib/edgegateway && find . -type f | sort | xargs sha256sum; stat -c '%U %n' /var/lib/edgegateway/*); }
config() { (cd /etc/edgegateway && find . -type f ! -path './backup-*' | sort | xargs sha256sum); }

# 1. A new box.
check "the old version installs" dpkg -i "$old"
check "the user is there" getent passwd edgegateway
check "the storage folder is the user's" owner /var/lib/edgegateway edgegateway:edgegateway:750
check "credentials are root's alone" owner /etc/edgegateway/credentials root:root:700
check "the unit is there and not disturbed by a missing configuration" grep -q ConditionPathExists=/etc/edgegateway/gateway.yaml /lib/systemd/system/edgegateway.service
check "the unit is enabled" test -e /etc/systemd/system/multi-user.target.wants/edgegateway.service
check "the program runs" edgegateway --version
check "the bill of materials reads" python3 -c 'import json; b = json.load(open("/usr/share/doc/edgegateway/sbom.cdx.json")); assert b["bomFormat"] == "CycloneDX" and len(b["components"]) > 20'
check "what the documents lead to is there, in Vietnamese too" bash -c 'cd /usr/share/doc/edgegateway && test -e vi/install.md -a -e asyncapi.yaml -a -e schema/count.json -a -e open-owner.py -a -e examples/grafana/visitors.json && ! grep -ohE "\]\((vi/|schema/)?[a-z.-]+\.(md|yaml|json|py)[)#]" *.md | sed -E "s/^\]\(//; s/[)#]$//" | sort -u | xargs ls 2>&1 >/dev/null | grep .'
check "every library has a licence" bash -c '! grep -P "\tunknown$" /usr/share/doc/edgegateway/licences.tsv'

# 2. What an installer writes, with a key of an earlier version in it.
cp /usr/share/doc/edgegateway/examples/gateway.yaml /etc/edgegateway/gateway.yaml
printf 'site-password' >/etc/edgegateway/credentials/mqtt
sed -i 's/^mqtt: {/mqtt: { evidence: on_request,/' /etc/edgegateway/gateway.yaml
echo "# Lễ hội Cửa Lò, do ủy ban thêm" >>/etc/edgegateway/holidays.csv
cp /usr/share/doc/edgegateway/examples/cameras/cong-binh-minh.yaml /etc/edgegateway/cameras/
chown root:edgegateway /etc/edgegateway/gateway.yaml /etc/edgegateway/cameras/*.yaml && chmod 640 /etc/edgegateway/gateway.yaml /etc/edgegateway/cameras/*.yaml
printf 'CAM_BINH_MINH=camera-password\n' >/etc/edgegateway/secrets.env && chmod 600 /etc/edgegateway/secrets.env

# 3. State, made by the program itself, as root types it.
check "the former key is named with what to do" bash -c 'edgegateway validate | grep -q "edgegateway migrate"'
check "the configuration migrates" edgegateway migrate
check "a backup of the former file is kept" bash -c 'grep -rq "evidence: on_request, " /etc/edgegateway/backup-*/gateway.yaml'
check "it validates afterwards" edgegateway validate
check "the file stays readable for the service" owner /etc/edgegateway/gateway.yaml root:edgegateway:640
check "root makes the signing key" edgegateway keys init
check "what root made belongs to the service" bash -c '[ -z "$(find /var/lib/edgegateway ! -user edgegateway)" ]'
install -o edgegateway -m 0400 /etc/edgegateway/credentials/mqtt "$credentials/mqtt" && chown edgegateway "$credentials"
check "the service reads its key" as_service edgegateway keys show

# A storage key, sealed to this machine as systemd does it; the service seals what is there.
key="$(openssl rand -base64 32)"
if printf '%s' "$key" | systemd-creds encrypt --with-key=host --name=storage - /etc/edgegateway/credentials/storage.cred 2>/dev/null; then
  printf '%s' "$key" >"$credentials/storage" && chown edgegateway "$credentials/storage" && chmod 400 "$credentials/storage"
  echo 'storage: { key: "${credential:storage}", encryption: required }' >>/etc/edgegateway/gateway.yaml
  check "root opens the sealed credential" edgegateway validate --require-secrets
  check "the service starts, seals and stops" bash -c 'env CAM_BINH_MINH=camera-password CREDENTIALS_DIRECTORY='"$credentials"' timeout --preserve-status -s TERM 12 setpriv --reuid edgegateway --regid edgegateway --clear-groups edgegateway run'
  check "the signing key is sealed" grep -q "BEGIN ENCRYPTED PRIVATE KEY" /var/lib/edgegateway/keys/signing-key.pem
  check "root reads it through the credential" edgegateway keys show
  check "another user does not" bash -c '! setpriv --reuid edgegateway --regid edgegateway --clear-groups edgegateway keys show'
else
  echo "skip  storage key: systemd-creds does not work on this machine"
fi
cp /etc/edgegateway/gateway.yaml /tmp/edgegateway-migrated.yaml
before_state="$(state)" before_config="$(config)"

# 4. Upgrade and back. The file of the earlier version is there once more: the upgrade moves its key by itself.
cat /etc/edgegateway/backup-*/gateway.yaml >/etc/edgegateway/gateway.yaml && rm -r /etc/edgegateway/backup-*
sed -n "/^storage:/p" /tmp/edgegateway-migrated.yaml >>/etc/edgegateway/gateway.yaml
check "the new version installs over it" dpkg -i --force-confold "$new"
check "state is what it was" test "$(state)" = "$before_state"
check "the former key was moved by the upgrade" bash -c 'diff <(sort /etc/edgegateway/gateway.yaml) <(sort /tmp/edgegateway-migrated.yaml)'
cp /tmp/edgegateway-migrated.yaml /etc/edgegateway/gateway.yaml
check "configuration is what it was, the edited conffile too" test "$(config)" = "$before_config"
check "the new version reads configuration and key" bash -c 'edgegateway validate && edgegateway keys show'
check "the old version installs over the new one" dpkg -i --force-downgrade --force-confold "$old"
check "state is what it was" test "$(state)" = "$before_state"
check "configuration is what it was" test "$(config)" = "$before_config"
check "the old version reads configuration and key" bash -c 'edgegateway validate && edgegateway keys show'

# 5. Away, and back.
check "it is removed" dpkg -r edgegateway
check "the program is gone" test ! -e /usr/lib/edgegateway/edgegateway
check "state is what it was" test "$(state)" = "$before_state"
check "configuration is what it was" test "$(config)" = "$before_config"
check "it is installed again" dpkg -i --force-confold "$new"
check "it finds its key again" as_service edgegateway keys show
check "it is purged" dpkg -P edgegateway
check "state is what it was" test "$(state)" = "$before_state"
check "what people wrote is kept" bash -c 'test -e /etc/edgegateway/gateway.yaml && test -e /etc/edgegateway/secrets.env && test -e /etc/edgegateway/credentials/mqtt'
check "nothing of the package is left" bash -c '! dpkg -L edgegateway && test ! -e /lib/systemd/system/edgegateway.service && test ! -e /etc/systemd/system/multi-user.target.wants/edgegateway.service'

if [ "$here" = "--here" ]; then rm -rf /var/lib/edgegateway /etc/edgegateway; userdel edgegateway 2>/dev/null || true; fi
rm -rf /tmp/edgegateway-package-test.log /tmp/edgegateway-migrated.yaml "$credentials"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
