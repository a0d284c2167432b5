"""The benchmarks behind every published figure: ratios of one run, never absolute times."""
