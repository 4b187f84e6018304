"""What this service costs on this machine beside the barest thing that does the work: ``python -m benchmarks``."""
