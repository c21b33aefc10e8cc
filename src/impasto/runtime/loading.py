"""A model that is loaded while something else is done."""

from __future__ import annotations

import threading

from impasto.runtime.model import Model, load_model
from impasto.runtime.resolve import Located


class Loading:
    """Loads a model in a thread of its own.

    onnxruntime lets other threads run while it plans a network; a picture can be read meanwhile.
    """

    def __init__(self, model: str | Located, threads: int | None) -> None:
        self._model: Model | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._load, args=(model, threads), daemon=True)
        self._thread.start()

    def model(self) -> Model:
        """The model, once it is there.

        Raises:
            ImpastoError: It cannot be loaded.
        """
        self._thread.join()
        if self._model is None:
            assert self._error is not None
            raise self._error
        return self._model

    def _load(self, model: str | Located, threads: int | None) -> None:
        try:
            self._model = load_model(model, threads=threads)
        except BaseException as error:  # handed over to the thread that asks
            self._error = error
