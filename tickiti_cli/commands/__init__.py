"""One module for each noun; the path of a file is the command you type."""
