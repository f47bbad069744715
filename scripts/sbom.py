#!/usr/bin/python3
"""The bill of materials (CycloneDX 1.5, JSON) and the licence list of what a restore resolved.

Usage: sbom.py PROJECT.assets.json DEPS.json PACKAGES_FOLDER VERSION OUT_SBOM OUT_LICENCES
DEPS.json is edgegateway.deps.json of the publish: what really travels, the runtime packs too. Same input, same bytes: no clock, no random number.
"""
import base64
import hashlib
import json
import os
import sys
import uuid
import xml.etree.ElementTree as xml


def licence_of(folder, name, version):
    """What the package says of its licence: an SPDX expression, a file of its own, or an address."""
    path = os.path.join(folder, name.lower(), version.lower(), name.lower() + ".nuspec")
    if not os.path.exists(path):
        # Runtime packs are installed with the SDK where they were not fetched.
        return "MIT" if name.lower().startswith("microsoft.") else "unknown"
    metadata = {child.tag.split("}")[-1]: child for child in xml.parse(path).getroot()[0]}
    licence = metadata.get("license")
    if licence is not None and licence.get("type") == "expression":
        return licence.text.strip()
    address = metadata.get("licenseUrl")
    if licence is not None and licence.get("type") == "file":
        return "file: " + licence.text.strip()
    return address.text.strip() if address is not None and address.text else "unknown"


def main():
    assets_path, deps_path, folder, version, sbom_path, licences_path = sys.argv[1:]
    assets = json.load(open(assets_path, encoding="utf-8"))
    hashes = {key: value.get("sha512") for key, value in assets["libraries"].items()}
    travelling = json.load(open(deps_path, encoding="utf-8"))["libraries"]
    components, lines = [], []
    for key in sorted(travelling, key=str.lower):
        if travelling[key]["type"] not in ("package", "runtimepack"):
            continue
        name, number = key.split("/")
        name = name.removeprefix("runtimepack.")
        licence = licence_of(folder, name, number)
        purl = f"pkg:nuget/{name}@{number}"
        component = {"type": "library", "bom-ref": purl, "name": name, "version": number, "purl": purl}
        digest = hashes.get(key) or travelling[key].get("sha512", "").removeprefix("sha512-")
        if digest:
            component["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}]
        if " " in licence and not licence.startswith("file:"):
            component["licenses"] = [{"expression": licence}]
        elif licence.startswith(("http:", "https:")):
            component["licenses"] = [{"license": {"name": "see address", "url": licence}}]
        elif licence.startswith("file:") or licence == "unknown":
            component["licenses"] = [{"license": {"name": licence}}]
        else:
            component["licenses"] = [{"license": {"id": licence}}]
        components.append(component)
        lines.append(f"{name}\t{number}\t{licence}")
    body = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "edgegateway", "name": "edgegateway", "version": version, "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": components,
        "dependencies": [{"ref": "edgegateway", "dependsOn": [component["bom-ref"] for component in components]}],
    }
    # Named by its content: another content is another document.
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    body["serialNumber"] = "urn:uuid:" + str(uuid.UUID(bytes=digest[:16], version=5))
    with open(sbom_path, "w", encoding="utf-8") as out:
        json.dump(body, out, indent=1, ensure_ascii=False)
        out.write("\n")
    with open(licences_path, "w", encoding="utf-8") as out:
        out.write("package\tversion\tlicence\n" + "\n".join(lines) + "\n")


main()
