from __future__ import annotations

import subprocess
import sys


def test_importing_the_classifier_loads_neither_runtime_nor_torch() -> None:
    code = (
        "import sys, tanggap.classifier;"
        "print([m for m in ('onnxruntime', 'tokenizers', 'torch', 'transformers', 'flask')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
