"""Training of the demo models on pictures and captions that this package draws itself.

``python -m demo_models.build`` makes every model from nothing but this source. The package is a
build tool: the web application never imports it.
"""
