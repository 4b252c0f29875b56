"""What a run leaves on disk, and the names in it; needs no torch."""

from eglass.records.files import IMAGE_SUFFIXES, sha256, whole_file, whole_folder
from eglass.records.names import Direction, Method
from eglass.records.record import UNTRAINED, Record, fingerprint, is_current, stamp

__all__ = [
    "IMAGE_SUFFIXES",
    "UNTRAINED",
    "Direction",
    "Method",
    "Record",
    "fingerprint",
    "is_current",
    "sha256",
    "stamp",
    "whole_file",
    "whole_folder",
]
