"""The weights of the profile on this machine: where they lie, whether they are whole, how they are downloaded."""
