"""What a user can get wrong when running something: one base, so that a front end can tell it from a bug."""


class UserError(ValueError):
    """Wrong input. The message says what is wrong, where, and what to do."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message alone. Where in Ringside it was noticed tells a user nothing."""
        return [f"{type(self).__name__}: {self}"]


class TargetError(UserError):
    """A target that names nothing that can be run."""


class CallError(UserError):
    """A call that can't be set up: too many arguments, or one that doesn't fit its slot."""


class ElfError(UserError):
    """A file that can't be run."""
