"""Percentiles of the times that a client waited."""

import statistics


def percentile(times: list[float], n: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[n - 1]


def told(times: list[float]) -> str:
    median, p99 = percentile(times, 50), percentile(times, 99)
    return f"{len(times)} requests, median {median:.4f} s, p99 {p99:.4f} s"
