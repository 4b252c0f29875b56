"""Execute the notebooks' sources into notebooks with outputs: `make notebooks`."""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
SOURCES = [HERE / f"{name}.py" for name in ("tour", "your_own", "scan")]


def executed(source: Path) -> nbformat.NotebookNode:
    """Return the notebook of a source, with its outputs but for progress bars and live widgets."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # else they are random
    NotebookClient(notebook, timeout=300).execute(cwd=str(HERE.parent))
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _is_still(output)]
    return notebook


def _is_still(output: nbformat.NotebookNode) -> bool:
    live = "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    return not live and output.get("name") != "stderr"


if __name__ == "__main__":
    for source in SOURCES:
        nbformat.write(executed(source), source.with_suffix(".ipynb"))
        print(source.with_suffix(".ipynb"))
