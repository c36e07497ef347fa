"""Names files like options, commands and control characters.

topic: pooling
earns: all
malformed: names_that_command
"""
