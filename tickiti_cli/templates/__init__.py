"""Templates as the commands see them: found on a server, kept as files, compared."""
