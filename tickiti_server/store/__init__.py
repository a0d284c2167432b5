"""The only place with SQL. `database` is the seam, one module per table group stands on it."""
