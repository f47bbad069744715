#!/usr/bin/env bash
# A private authority and the nodes' certificates: certificates.sh FOLDER NAME=ADDRESS[,ADDRESS...]...
#   certificates.sh pki n1=10.20.0.1,mqtt.example.vn n2=10.20.0.2,mqtt.example.vn n3=10.20.0.3,mqtt.example.vn
# Addresses are IP addresses or host names; give the name that gateways connect to to every node. The authority is made once (ten years,
# keep FOLDER/ca.key off the nodes); a node's certificate (one year) is made anew at every call. FOLDER/ca.pem is the gateways' mqtt.caFile.
set -euo pipefail
[ $# -ge 2 ] || { echo "Usage: certificates.sh FOLDER NAME=ADDRESS[,ADDRESS...]..." >&2; exit 2; }
folder=$1; shift
umask 077
mkdir -p "$folder"
if [ ! -s "$folder/ca.key" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 3650 -subj "/CN=EdgeGateway fleet" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
fi
for node in "$@"; do
  [[ $node =~ ^[a-z0-9-]+=[A-Za-z0-9.:,-]+$ ]] || { echo "'$node' is no NAME=ADDRESS[,ADDRESS...]." >&2; exit 2; }
  name=${node%%=*} names=""
  IFS=, read -ra addresses <<< "${node#*=}"
  for address in "${addresses[@]}"; do
    if [[ $address =~ ^[0-9.]+$ || $address == *:* ]]; then names+=",IP:$address"; else names+=",DNS:$address"; fi
  done
  mkdir -p "$folder/$name"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -subj "/CN=$name" -keyout "$folder/$name/node.key" -out "$folder/$name/node.csr" 2>/dev/null
  # A node is a server to gateways and a client to the other nodes.
  openssl x509 -req -in "$folder/$name/node.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -sha256 -days 365 -out "$folder/$name/node.pem" \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:FALSE\n' "${names#,}") 2>/dev/null
  rm "$folder/$name/node.csr"
  cp "$folder/ca.pem" "$folder/$name/ca.pem"
done
echo "Certificates of $# node(s) lie in $folder."
