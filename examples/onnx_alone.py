"""An exported model without etude: python examples/onnx_alone.py MODEL.etude STEPS TEMPERATURE SEED

Shows: which inputs the one file takes, and how steps are drawn from it with NumPy and ONNX Runtime alone."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

onnxruntime.set_default_logger_severity(3)
data, count, heat = Path(sys.argv[1]).read_bytes(), int(sys.argv[2]), max(float(sys.argv[3]), 1e-6)
body, random = onnxruntime.InferenceSession(data), np.random.default_rng(int(sys.argv[4]))
own = {key.removeprefix("etude."): text for key, text in body.get_modelmeta().custom_metadata_map.items()}
sizes, config, reach = json.loads(own["field_sizes"]), json.loads(own["config"]), int(own["reach"])
heads = [onnxruntime.InferenceSession(data[at : at + size]) for at, size in json.loads(own["heads"])]
lags, shapes = config["history"], {one.name: one.shape for one in body.get_inputs()}
assert not [*config["derived"], *({"distance"} & set(shapes))], "It takes more inputs: see docs/export.md."
offsets = np.cumsum([0, *sizes, *[size + 1 for size in sizes] * lags])[:-1]
named = {"batch": 1, "time": 1, "slots": reach}
feeds = {name: np.zeros([named.get(n, n) for n in shape], "f4") for name, shape in shapes.items()}
angles = np.outer(np.arange(reach), 1e4 ** -np.linspace(0, 1, shapes.get("sine", [0, 1])[1], endpoint=False))
feeds |= {name: turn(angles).astype("f4") for name, turn in (("cosine", np.cos), ("sine", np.sin)) if name in feeds}
steps = [[-1] * len(sizes)] * lags + [[0] * len(sizes)]  # nothing, then the begin step
for seen in range(min(count, reach)):
    row = offsets + [value + (lag > 0) for lag in range(lags + 1) for value in steps[-1 - lag]]
    feeds["rows"] = row.reshape(feeds["rows"].shape)
    feeds |= {"seen": np.array([seen], "i4"), "total": np.array(seen + 1, "i4")} if "total" in feeds else {}
    found = dict(zip((one.name for one in body.get_outputs()), body.run(None, feeds)))
    feeds |= {name.replace("_next", "").replace("next", "state"): found[name] for name in found if "next" in name}
    step, z = [], found.get("hidden", np.zeros(1)).reshape(1, -1)
    for field in range(len(sizes)):
        if (scores := found.get(f"logits.{field}")) is None:  # a chain head is told the field before
            z, scores = heads[field - 1].run(["z_next", "logits"], {"z": z, "value": np.array(step[-1:])})
        chances = np.exp((scores.ravel() - scores.max()) / heat)
        step.append(int(random.choice(len(chances), p=chances / chances.sum())))
    steps.append(step)
print(json.dumps(steps[lags:]))
