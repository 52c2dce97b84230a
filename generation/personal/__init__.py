"""Models of people's own: LoRAs and whole pipelines under an alias, the `user_id` of the documented endpoints."""
