"""models/models.json: one entry a model; a trainer replaces its own and keeps the others."""
import hashlib
import json
import pathlib

ORDER = ("street", "street-s", "plate-detect", "plate-read")


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def read(path):
    path = pathlib.Path(path)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"version": 1, "models": []}


def upsert(path, entry):
    """Replaces the entry of that name; figures of the old entry that the new one lacks are dropped with it."""
    content = read(path)
    others = [model for model in content["models"] if model["name"] != entry["name"]]
    content["models"] = sorted([*others, entry], key=lambda model: (
        ORDER.index(model["name"]) if model["name"] in ORDER else len(ORDER), model["name"]))
    pathlib.Path(path).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def add_figures(path, name, figures):
    content = read(path)
    for model in content["models"]:
        if model["name"] == name:
            model["figures"] = {**model.get("figures", {}), **figures}
            upsert(path, model)
            return
    raise KeyError(f"{path} has no model '{name}'")
