"""What this service costs on this machine beside the barest thing that could do the work: ``python -m benchmarks``."""
