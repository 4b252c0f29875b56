"""The one exception that is meant for the person who typed the command."""


class InputError(ValueError):
    """Something that the user gave cannot be used.

    The message is a single line: what is wrong, what was expected, what to do. Command lines
    print it and exit with a non-zero status; any other exception is a bug and keeps its traceback.
    """
