"""Trained networks run by onnxruntime, without torch.

::

    name, file or run folder -> resolve -> Network -> Model
    Picture -> scaled -> whole, or in tiles under common statistics -> strength, color -> Picture

``model_check`` checks a model file before ``session`` opens it; ``card`` is its metadata;
``bundled`` lists the networks that come with impasto. ``large`` divides pictures into tiles.
``engine`` applies a model to many files, ``ray_engine`` on a Ray cluster, whose workers are a
``ray_crew``. ``onnx_graph`` writes networks node by node.
"""
