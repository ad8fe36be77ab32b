"""What the benchmarks share: places to run, a client that costs little, and meters."""
