"""Trained networks run by onnxruntime, without torch.

::

    name, file or run folder -> resolve -> Network -> Model
    Picture -> scaled -> whole, or in tiles under common statistics -> strength, color -> Picture

``model_check`` looks a model file through before ``session`` opens it; ``card`` is its metadata;
``bundled`` lists the networks that come with impasto. ``large`` divides pictures into tiles.
``engine`` takes many files through one model, ``ray_engine`` on a Ray cluster, whose workers are a
``ray_crew``. ``onnx_graph`` writes networks node by node.
"""
