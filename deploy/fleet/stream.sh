#!/usr/bin/env bash
# Makes the stream on which every QoS 1 event lies, before the first MQTT client: stream.sh ACCOUNTS [NODE:PORT] [KEEP]
# ACCOUNTS is the folder that accounts.sh filled; NODE:PORT is a node's CLIENT_LISTEN (127.0.0.1:4222, so run it on a node); KEEP is how long
# an event is kept, read or not: 72h. It must be longer than the centre is ever away.
#
# Left alone, the MQTT gateway makes this stream itself and lets it drop each event once it is acknowledged. In nats-server 2.9.10 that costs
# more the more gateways there are, and a centre that falls behind may never catch up (README.md, Why stream.sh).
set -euo pipefail
[ $# -ge 1 ] && [ $# -le 3 ] || { echo "Usage: stream.sh ACCOUNTS [NODE:PORT] [KEEP]" >&2; exit 2; }
accounts=$1 node=${2:-127.0.0.1:4222} keep=${3:-72h}
[[ $keep =~ ^([1-9][0-9]{0,3})h$ ]] || { echo "KEEP is a number of hours such as 72h, not '$keep'." >&2; exit 2; }
hours=${BASH_REMATCH[1]}
[ -r "$accounts/secrets/nats-steward" ] || { echo "$accounts/secrets/nats-steward is missing: run accounts.sh, and this before that file is deleted." >&2; exit 1; }

subject='$JS.API.STREAM.CREATE.$MQTT_msgs'
# discard new: a full disk answers no PUBACK, so that gateways keep their events; nothing old is pushed out.
stream='{"name":"$MQTT_msgs","subjects":["$MQTT.msgs.>"],"retention":"limits","storage":"file","num_replicas":3,"discard":"new","max_age":'$((hours * 3600))'000000000,
"max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_msg_size":-1,"max_msgs_per_subject":-1}'

for try in 1 2 3 4 5 6 7 8 9 10; do # the cluster may still be choosing a leader
  if exec 3<> "/dev/tcp/${node%:*}/${node##*:}"; then
    printf 'CONNECT {"verbose":false,"pedantic":false,"user":"nats-steward","pass":"%s"}\r\nSUB _INBOX.stream 1\r\nPUB %s _INBOX.stream %d\r\n%s\r\n' \
      "$(cat "$accounts/secrets/nats-steward")" "$subject" "${#stream}" "$stream" >&3
    while read -r -t 6 -u 3 answer; do
      case $answer in
        *'"error"'*'already in use'*) echo "The stream is there already with other settings. Has an MQTT client been connected before? Then stop all nodes, delete STORE on each (gateways send again what had no PUBACK) and begin anew." >&2; exit 1 ;;
        *'"error"'*) last=$answer; break ;;
        *'stream_create_response","config"'*) echo "The stream keeps each event for $hours h on three nodes."; exit 0 ;;
        -ERR*) echo "The node refuses: $answer" >&2; exit 1 ;;
      esac
    done
    exec 3>&-
  fi
  sleep 1
done
echo "No stream was made: ${last:-$node did not answer}" >&2
exit 1
