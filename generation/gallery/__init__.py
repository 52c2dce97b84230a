"""The gallery: pages of the registry, and what people do with several pieces at once."""
