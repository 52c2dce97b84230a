"""Running the jobs of providers, in a process without torch."""
