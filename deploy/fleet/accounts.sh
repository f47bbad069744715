#!/usr/bin/env bash
# Makes users.conf from a list of gateways: accounts.sh LIST FOLDER [COST]
# FOLDER/secrets/NAME is a new user's password, to be handed over and then deleted; FOLDER/hashes/NAME is what stays. Delete both to give a
# new password, take the line out of the list to shut a gateway out; then copy users.conf to all nodes and reload them.
# COST is bcrypt's. Passwords are 192 random bits, which no one guesses whatever the hash costs; a high cost would only slow the broker when
# a province reconnects (README.md, Capacity).
set -euo pipefail
[ $# -ge 2 ] && [ $# -le 3 ] || { echo "Usage: accounts.sh LIST FOLDER [COST]" >&2; exit 2; }
list=$1 folder=$2 cost=${3:-6}
[[ $cost =~ ^[0-9]+$ ]] && [ "$cost" -ge 4 ] && [ "$cost" -le 14 ] || { echo "COST is 4 to 14, not '$cost'." >&2; exit 2; }
[ -r "$list" ] || { echo "The list $list cannot be read." >&2; exit 1; }
umask 077
mkdir -p "$folder/secrets" "$folder/hashes"

# The password goes in by standard input: arguments can be seen by every user of the machine.
hash_of() { COST=$cost perl -e 'my $p = <STDIN>; chomp $p; my @c = ("a".."z","A".."Z",0..9); open my $r, "<", "/dev/urandom"; read $r, my $s, 21;
  print crypt($p, sprintf("\$2a\$%02d\$%s.", $ENV{COST}, join "", map { $c[ord($_) % @c] } split //, $s)), "\n"'; }

# A subscription with QoS 1 is fed under a name that the server draws below $MQTT.sub. Without this permission it is refused; the MQTT gateway
# itself refuses whoever asks for that name, and MQTT is the only way in that a user has.
delivery='"$MQTT.sub.>"'

new="$folder/users.conf.new"
declare -A seen
hashed() { # NAME: password and hash exist after this
  if [ ! -s "$folder/hashes/$1" ]; then
    openssl rand -base64 24 | tr -d '\n' > "$folder/secrets/$1"
    hash_of < "$folder/secrets/$1" > "$folder/hashes/$1"
  fi
}
{
  echo "# Made by accounts.sh from $(basename "$list"); do not edit."
  echo "accounts {"
  echo "  FLEET {"
  echo "    jetstream: enabled"
  echo "    users: ["
  line=0
  while read -r role name rest; do
    line=$((line + 1))
    [[ -z $role || $role == \#* ]] && continue
    [ -z "$rest" ] && [[ $name =~ ^[a-z0-9-]{1,64}$ ]] || { echo "$list, line $line: '$role $name $rest' is no 'ROLE NAME' with a name of a-z, 0-9 and '-'." >&2; exit 1; }
    [ "$name" != nats-admin ] && [ "$name" != nats-steward ] && [ -z "${seen[$name]:-}" ] || { echo "$list, line $line: $name stands there twice, or is kept for the administrator and stream.sh." >&2; exit 1; }
    seen[$name]=1
    case $role in
      gateway) publish="allow: [\"edge.$name.>\"], deny: [\"edge.$name.commands.>\"]" subscribe="allow: [\"edge.$name.commands.>\", $delivery]" ;;
      centre) publish="allow: [\"edge.*.commands.>\"]" subscribe="allow: [\"edge\", \"edge.>\", $delivery]" ;; # edge/# also asks for edge itself
      *) echo "$list, line $line: a role is gateway or centre, not '$role'." >&2; exit 1 ;;
    esac
    hashed "$name"
    echo "      { user: \"$name\", password: \"$(cat "$folder/hashes/$name")\", allowed_connection_types: [\"MQTT\"], permissions { publish { $publish }, subscribe { $subscribe } } }"
  done < "$list"
  # stream.sh's: may make the stream of events and look at it, by NATS' own protocol, which listens on the node itself only.
  hashed nats-steward
  echo "      { user: \"nats-steward\", password: \"$(cat "$folder/hashes/nats-steward")\", allowed_connection_types: [\"STANDARD\"], permissions { publish { allow: [\"\$JS.API.STREAM.CREATE.\$MQTT_msgs\", \"\$JS.API.STREAM.INFO.\$MQTT_msgs\"] }, subscribe { allow: [\"_INBOX.>\"] } } }"
  echo "    ]"
  echo "  }"
  hashed nats-admin
  echo "  SYS { users: [ { user: \"nats-admin\", password: \"$(cat "$folder/hashes/nats-admin")\" } ] }"
  echo "}"
  echo "system_account: SYS"
} > "$new"
mv "$new" "$folder/users.conf"
echo "${#seen[@]} users in $folder/users.conf; new passwords lie in $folder/secrets."
