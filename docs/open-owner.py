#!/usr/bin/python3
"""Opens the owner of an EdgeGateway `owner` event, at the operations centre (needs python3-cryptography).

usage: open-owner.py CENTRE-PRIVATE-KEY.pem < sealed.txt      (the event's data.sealed, base64; prints JSON)
The byte format is described in registration.md; this file is its example.
"""
import base64
import hashlib
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ENVELOPE_HEAD = 4 + 8 + 65  # magic, recipient, ephemeral point
KEY_ENVELOPE = ENVELOPE_HEAD + 12 + 32 + 16


def open_envelope(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    head, nonce, sealed = data[:ENVELOPE_HEAD], data[ENVELOPE_HEAD:ENVELOPE_HEAD + 12], data[ENVELOPE_HEAD + 12:]
    if head[:4] != b"EGS1":
        raise SystemExit("not an EGS1 envelope")
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if head[4:12] != hashlib.sha256(spki).digest()[:8]:
        raise SystemExit("sealed to another key")
    point = head[12:77]
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    content_key = HKDF(algorithm=hashes.SHA256(), length=32, salt=point, info=b"edgegateway owner v1").derive(shared)
    return AESGCM(content_key).decrypt(nonce, sealed, head)


def open_owner(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    if data[:4] != b"EGR1":
        return open_envelope(key, data)
    data_key = open_envelope(key, data[4:4 + KEY_ENVELOPE])
    row = data[4 + KEY_ENVELOPE:]
    return AESGCM(data_key).decrypt(row[:12], row[12:], b"EGR1")


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with open(sys.argv[1], "rb") as file:
        key = serialization.load_pem_private_key(file.read(), password=None)
    sys.stdout.buffer.write(open_owner(key, base64.b64decode(sys.stdin.read())))


main()
