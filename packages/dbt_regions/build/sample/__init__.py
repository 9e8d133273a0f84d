"""The generated sample data: what a region's `sample.yml` asks for, and the facts that follow from its seed."""
