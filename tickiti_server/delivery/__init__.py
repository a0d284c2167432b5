"""What leaves the house after its commit: one mechanism for mail and for callbacks.

A row of the outbox is claimed under a lease, carried outside any transaction, and settled by
whoever still holds the lease. Nothing in memory decides what is sent: a server that is killed
leaves rows that the next one takes back when their leases run out.
"""
