"""ONNX Runtime through the small console OrtCheck: Debian has no Python package of it."""
import json
import pathlib
import subprocess
import tempfile

import numpy as np

TOOL = pathlib.Path(__file__).resolve().parent.parent / "OrtCheck"


def _command():
    binary = TOOL / "bin/Release/net10.0/OrtCheck.dll"
    newest = max(path.stat().st_mtime for path in (TOOL / "Program.cs", TOOL / "OrtCheck.csproj"))
    if not binary.is_file() or binary.stat().st_mtime < newest:
        build = ["dotnet", "build", "-c", "Release", "-v", "quiet", "--nologo", str(TOOL)]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    return ["dotnet", str(binary)]


def run(model, pictures):
    """pictures [N,C,H,W] float32 -> list of outputs [N,...], each picture run alone on one thread."""
    pictures = np.ascontiguousarray(pictures, np.float32)
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder) / "in", pathlib.Path(folder) / "out"
        pictures.tofile(source)
        shape = ",".join(map(str, pictures.shape))
        done = subprocess.run([*_command(), "run", str(model), shape, str(source), str(target)],
                              check=True, stdout=subprocess.PIPE, text=True)
        shapes = json.loads(done.stdout)["shapes"]
        return [np.fromfile(f"{target}.{i}", np.float32).reshape(len(pictures), *shape[1:])
                for i, shape in enumerate(shapes)]


def bench(models, threads, runs=200):
    """models: [(path, (C,H,W))] -> [{model, shape, threads, median_ms, least_ms}], all in one process, by turns."""
    wanted = [f"{path}={','.join(map(str, shape))}" for path, shape in models]
    done = subprocess.run([*_command(), "bench", str(threads), str(runs), *wanted],
                          check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)
