"""From `conf/` and a command line to a configuration that can be used, or one line about why not.

Nothing heavy is imported before it has been checked.
"""

from eglass.configuration.changes import changes
from eglass.configuration.checking import check
from eglass.configuration.command import BeforeAll, command
from eglass.configuration.overrides import CONF

__all__ = ["CONF", "BeforeAll", "changes", "check", "command"]
