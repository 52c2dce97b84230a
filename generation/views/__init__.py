"""The generation endpoints, by noun."""
