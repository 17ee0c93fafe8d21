"""The commands, a module for each family. Each parses words, calls flow, prints."""
