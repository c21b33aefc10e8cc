"""Train networks of every method, read them from files and export them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from impasto.errors import ImpastoError, ModelError, OptionError
from impasto.methods.adain.method import METHOD as ADAIN
from impasto.methods.cyclegan.method import METHOD as CYCLEGAN
from impasto.methods.johnson.method import METHOD as JOHNSON
from impasto.methods.johnson.method import StyleImage, StyleSources
from impasto.networks.own import check_free, kept
from impasto.networks.resolve import located
from impasto.options.train import (
    AdainArguments,
    CycleGANArguments,
    JohnsonArguments,
    usual_training,
)
from impasto.options.values import filled
from impasto.source import open_source, warn_if_flat
from impasto.step import OnStep
from impasto.training import train as engine
from impasto.training.method import Method, TrainedNetwork
from impasto.training.model_file import Exported, write_model
from impasto.training.train import Forecast, TrainResult
from impasto.training.trained import networks_of, read_trained

TrainArguments: TypeAlias = JohnsonArguments | AdainArguments | CycleGANArguments

_ARGUMENTS: Final[Mapping[str, type[TrainArguments]]] = {
    "johnson": JohnsonArguments,
    "adain": AdainArguments,
    "cyclegan": CycleGANArguments,
}

METHODS: Final[Mapping[str, Method[Any, Any, Any]]] = {
    each.name: each for each in (JOHNSON, ADAIN, CYCLEGAN)
}


def read_any(path: Path, *, best: bool = False) -> tuple[TrainedNetwork[Any, Any], ...]:
    """Read the networks of a run folder, checkpoint or model file, of any method.

    Args:
        path: The folder or file.
        best: From a run folder, take the weights of the best validation instead of the last.

    Raises:
        RunError: There is no checkpoint, or it is damaged.
        ModelError: It is damaged, or of a method that this impasto does not have.
    """
    trained = read_trained(path, best=best)
    method = str(trained.recipe.get("method"))
    if method not in METHODS:
        raise ModelError(
            f"{path}: trained by {method}, which this version does not have: update impasto"
        )
    return networks_of(trained, METHODS[method])


def export(model: Path, output: Path, *, best: bool = False) -> Exported:
    """Write a trained network as a model file.

    Args:
        model: Run folder or checkpoint of a training, or another model file.
        output: The file; kept only if onnxruntime and torch give the same pictures. CycleGAN trains
            two generators; the name selects one: ``photo-to-painting.onnx``.
        best: From a run folder, take the weights of the best validation instead of the last.

    Raises:
        RunError: There is no checkpoint, or it is damaged.
        ModelError: The model is damaged, the file cannot be written, or onnxruntime and torch
            give different pictures.
    """
    if output.suffix.lower() != ".onnx":
        raise ModelError(f"{output}: a model file's name ends in .onnx")
    networks = read_any(model, best=best)
    if len(networks) == 1:
        return write_model(networks[0], output)
    named = {each.names[0]: each for each in networks}
    if output.stem not in named:
        names = " or ".join(f"{name}.onnx" for name in named)
        raise ModelError(f"{output}: the training has two networks: name the file {names}")
    return write_model(named[output.stem], output)


def train(
    method: Literal["johnson", "adain", "cyclegan"],
    *,
    on_step: OnStep | None = None,
    stop: Callable[[], bool] = lambda: False,
    **options: Any,
) -> TrainResult:
    """Train the networks of a method and export them into the run folder.

    >>> impasto.train(
    ...     "johnson", style=["night.jpg"], data="photos", run_dir="run", steps=2000
    ... )  # doctest: +SKIP

    Args:
        method: johnson, adain or cyclegan.
        on_step: Called with every step.
        stop: Called before every step; if it returns true, training is saved and stops.
        **options: The options of `impasto train METHOD`: pictures, ``run_dir``, network and
            training.

    Raises:
        ImpastoError: Pictures, options or run folder cannot be used.
    """
    if method not in _ARGUMENTS:
        raise OptionError("method", " or ".join(_ARGUMENTS), method)
    usual = usual_training(options) if method == "johnson" else {}
    return trained(filled(_ARGUMENTS[method], options, usual), on_step=on_step, stop=stop)


def trained(
    given: TrainArguments,
    *,
    on_step: OnStep | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainResult:
    """Train and export with the arguments of `impasto train`; store named networks."""
    if given.dry_run:
        raise ImpastoError("dry_run belongs to the command; impasto.trainings.forecast estimates")
    method, sources, start = _prepared(given)
    names = kept_names(given)
    for name in names:
        styles = [each.name for each in sources.styles] if method is JOHNSON else []
        same = [path for path in given.run_dir.glob("*.onnx") if given.resume]
        check_free(name, overwrite=given.overwrite, styles=styles, same=same)
    result = engine.train(
        method,
        sources,
        given.recipe,
        given.training,
        run_dir=given.run_dir,
        start=start,
        resume=given.resume,
        on_step=on_step,
        stop=stop,
    )
    for name, model in zip(names, result.models, strict=False):
        with kept(name, model.suffix) as path:
            shutil.copyfile(model, path)
    return result


def forecast(given: TrainArguments) -> Forecast:
    """What a training would take.

    Raises:
        ImpastoError: Pictures or options cannot be used.
    """
    if given.resume:
        raise ImpastoError("--dry-run estimates a whole training: give it without --resume")
    method, sources, _ = _prepared(given)
    return engine.forecast(method, sources, given.recipe, given.training)


def kept_names(given: TrainArguments) -> list[str]:
    """The names under which the networks of a training are stored, if any."""
    if not given.as_:
        return []
    return [given.as_, f"{given.as_}-back"] if isinstance(given, CycleGANArguments) else [given.as_]


def _prepared(given: TrainArguments) -> tuple[Method[Any, Any, Any], Any, Path | None]:
    if isinstance(given, AdainArguments):
        sets = {"content": given.contents, "style": given.styles}
        return ADAIN, sets | _validating(sets, given.validation), given.start_from
    if isinstance(given, CycleGANArguments):
        sets = {"photo": given.photos, "painting": given.paintings}
        return CYCLEGAN, sets | _validating(sets, given.validation), given.start_from
    alone = given.as_ if len(given.style) == 1 else ""
    styles = [_style(each, alone) for each in given.style or given.add_style]
    base, validation = _network(given.base), given.validation
    sources = StyleSources(styles, given.data, base, validation=validation)
    return JOHNSON, sources, _network(given.start_from)


def _validating(names: Iterable[str], paths: tuple[Path, Path] | None) -> dict[str, Path]:
    return dict(zip((f"{name}_validation" for name in names), paths or (), strict=False))


def _style(text: str, alone: str = "") -> StyleImage:
    name, equals, picture = text.partition("=")
    if not equals or Path(text).exists():
        name, picture = alone or Path(text).stem.replace(":", "-").replace(",", "-"), text
    source = open_source(picture)
    warn_if_flat(source)
    return StyleImage(name, source)


def _network(model: Path | None) -> Path | None:
    """A path that exists, otherwise the path of the bundled network with that name."""
    if model is None or model.exists():
        return model
    return located(str(model)).path
