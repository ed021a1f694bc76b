"""How many of Adam's steps does SOAP save? The same student, pictures, crops and schedule with either.

    python docs/experiments/optimiser.py PICTURES docs/experiments/optimiser.json

Writes the validation PSNR after each quarter of the steps and the time of a step, and a page beside that file.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from acutance.lab.samples import TrainingPairs, load_pairs, parse_mixture
from acutance.lab.training.loop import open_fabric, train
from acutance.lab.training.recipe import Recipe, load_recipe
from acutance.lab.training.run import Run

RECIPE = Path(__file__).parents[2] / "recipes" / "bicubic-fast.toml"
STEPS = 2000
SEEDS = (1, 2)
VARIANTS = {
    "Adam, 1e-3": ("adam", 1e-3),
    "Adam, 4e-3": ("adam", 4e-3),
    "SOAP, 1e-3": ("soap", 1e-3),
    "SOAP, 4e-3": ("soap", 4e-3),
}


def trained(recipe: Recipe, pairs: TrainingPairs) -> dict[str, Any]:
    """Train, and return the validation PSNR in dB after each quarter of the steps, and the milliseconds of a step."""
    with TemporaryDirectory() as folder:
        run = Run(Path(folder) / "run")
        run.begin(recipe, pairs.sha256)
        train(recipe, pairs, run, open_fabric(recipe), should_stop=lambda: False, report=lambda _: None)
        journal = run.journal()
    seconds = [line["seconds"] for line in journal if "loss" in line]
    steps = [later - sooner for sooner, later in pairwise(seconds)]
    return {
        "psnr": [round(line["validation_psnr"], 3) for line in journal if "validation_psnr" in line],
        "step_ms": round(min(steps) / recipe.journal.log * 1000, 1),
    }


def page(record: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    quarters = [record["steps"] * quarter // 4 for quarter in (1, 2, 3, 4)]
    lines = [
        "# Adam or SOAP",
        "",
        f"Validation luma PSNR in dB on the pictures held out, as `recipes/bicubic-fast.toml` trains but by L1 "
        f"for {record['steps']} steps, with the optimiser and the peak rate named. Made by "
        "`docs/experiments/optimiser.py`. "
        "The time of a step is the quickest hundred's, on one thread beside other work.",
        "",
        f"| | seed | {' | '.join(f'{step} steps' for step in quarters)} | ms a step |",
        f"|---|--:|{'--:|' * (len(quarters) + 1)}",
    ]
    for name, runs in record["runs"].items():
        for seed, run in runs.items():
            figures = " | ".join(f"{figure:.3f}" for figure in run["psnr"])
            lines.append(f"| {name} | {seed} | {figures} | {run['step_ms']} |")
    final = {name: sum(run["psnr"][-1] for run in runs.values()) / len(runs) for name, runs in record["runs"].items()}
    best = {
        method: max((name for name in final if name.startswith(method)), key=final.__getitem__)
        for method in ("Adam", "SOAP")
    }
    lead = final[best["SOAP"]] - final[best["Adam"]]
    lines += [
        "",
        f"Mean of the seeds at the end: {best['SOAP']} {final[best['SOAP']]:.2f} dB, {best['Adam']} "
        f"{final[best['Adam']]:.2f} dB, so {lead:+.2f} dB for SOAP. Pictures {record['data_sha256'][:12]}, "
        f"torch {record['torch']}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run all trainings and write what came out."""
    pictures, target = Path(sys.argv[1]), Path(sys.argv[2])
    pairs = load_pairs(pictures, parse_mixture("bicubic-x2"), 8, 1)
    results: dict[str, dict[str, Any]] = {name: {} for name in VARIANTS}
    for seed in SEEDS:
        for name, (method, rate) in VARIANTS.items():
            settings = [f"seed={seed}", f"optimiser.method={method}", f"optimiser.learning_rate={rate}"]
            settings += ["objective={l1=1.0}", "data.shrinks=[]"]
            short = [f"optimiser.steps={STEPS}", f"journal.validate={STEPS // 4}", "fabric.accelerator=cpu"]
            results[name][str(seed)] = trained(load_recipe(RECIPE, [*settings, *short]), pairs)
            print(name, seed, results[name][str(seed)], flush=True)
    record = {"steps": STEPS, "data_sha256": pairs.sha256, "torch": torch.__version__, "runs": results}
    target.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    target.with_suffix(".md").write_text(page(record), encoding="utf-8")


if __name__ == "__main__":
    main()
