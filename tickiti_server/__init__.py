"""The bundled server: Tickiti's API on an embedded database."""
