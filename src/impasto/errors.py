"""Everything impasto raises on purpose.

::

    ImpastoError            one clear line: what was wrong, where, what to do
    ├── OptionError         an option has an invalid value
    ├── PictureError        a file cannot be read or written as a picture
    ├── VideoError          a file cannot be read or written as a video
    ├── WeightsError        network weights are missing, damaged or of another kind
    ├── ModelError          a trained network is missing, damaged or of another kind
    ├── RunError            a run folder, checkpoint or manifest cannot be used
    ├── ResultError         the work gave no valid result
    ├── MemoryEstimateError the work would not fit into memory
    └── MissingExtraError   a feature needs a package that is not installed

The command line prints the message after ``impasto: `` and exits with code 2. Messages are one
line, without a final period unless they have two sentences.
"""


class ImpastoError(Exception):
    """Something the user can fix; the message says how, in one line."""

    def __init__(self, message: object = "") -> None:
        # Messages of libraries and file names may contain line breaks.
        super().__init__(" ".join(str(message).splitlines()))


class OptionError(ImpastoError, ValueError):
    """An option has a value it cannot have."""

    def __init__(self, option: str, expected: str, got: object) -> None:
        super().__init__(f"{option}: expected {expected}, got {got!r}")
        self.option = option
        self._given = option, expected, got

    def __reduce__(self) -> tuple[object, ...]:
        # Errors are sent between processes; by default only the message would be.
        return type(self), self._given


class PictureError(ImpastoError):
    """A file cannot be read or written as a picture."""


class VideoError(ImpastoError):
    """A file cannot be read or written as a video."""


class WeightsError(ImpastoError):
    """Network weights are missing, damaged or of another kind."""


class ModelError(ImpastoError):
    """A trained network is missing, damaged or of another kind."""


class RunError(ImpastoError):
    """A run folder, checkpoint or manifest cannot be used."""


class ResultError(ImpastoError):
    """The work gave no valid result: no step succeeded, or values are not finite."""


class MemoryEstimateError(ImpastoError):
    """The work would not fit into memory; the message suggests a size that does."""


class MissingExtraError(ImpastoError, ImportError):
    """A feature needs a package that the base installation leaves out."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an extra: pip install 'impasto[{extra}]'")
        self.extra = extra
        self._given = feature, extra

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._given
