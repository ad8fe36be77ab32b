"""The commands of `tanggap-ml`, one module for each kind of work.

torch and onnxruntime take seconds to import, so a command imports what it needs when it runs.
"""
