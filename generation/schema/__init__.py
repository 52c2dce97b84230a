"""What the OpenAPI document says about the generation endpoints: arguments of `extend_schema`, by noun."""
