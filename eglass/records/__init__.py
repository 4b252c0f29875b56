"""What a run leaves on disk, and the names in it; needs no torch."""

from eglass.records.files import IMAGE_SUFFIXES, sha256, whole_file, whole_folder
from eglass.records.names import Direction, Method
from eglass.records.origin import Origin, fingerprint
from eglass.records.record import UNTRAINED, Record, stamp

__all__ = [
    "IMAGE_SUFFIXES",
    "UNTRAINED",
    "Direction",
    "Method",
    "Origin",
    "Record",
    "fingerprint",
    "sha256",
    "stamp",
    "whole_file",
    "whole_folder",
]
