"""The attacks are read, never imported: they are meant for the sandbox."""

collect_ignore = ["attacks"]
