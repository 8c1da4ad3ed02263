"""What a user can get wrong when running something: one base, so that a front end can tell it from a bug."""


class UserError(ValueError):
    """Wrong input. The message says what is wrong, where, and what to do."""


class TargetError(UserError):
    """A target that names nothing that can be run."""


class CallError(UserError):
    """A call that can't be set up: too many arguments, or one that doesn't fit its slot."""


class ElfError(UserError):
    """A file that can't be run."""
