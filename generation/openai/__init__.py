"""`/v1`: what the official `openai` clients speak, on Atelier's jobs."""
