"""The stages as plain functions with typed inputs and results; what a DAG task or a command calls."""
