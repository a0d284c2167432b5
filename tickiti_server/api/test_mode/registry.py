"""The list of all modules with handlers of test mode. A new module is added to this list."""

from tickiti_server.api.test_mode import clock, faults, requests, reset, seed, show, snapshots

MODULES = (show, reset, seed, snapshots, clock, faults, requests)
