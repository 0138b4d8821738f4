"""Benches: what a choice costs, measured on this machine; run by `make bench-…`."""
