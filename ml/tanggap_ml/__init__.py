"""Train, calibrate, export and evaluate the model bundles that Tanggap serves."""

__version__ = "0.1.0"
