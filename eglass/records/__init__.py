"""What a run leaves on disk, and the names in it; needs no torch."""

from eglass.files import IMAGE_SUFFIXES, sha256, whole_file, whole_folder
from eglass.records.names import Direction, Method
from eglass.records.origin import Origin, fingerprint
from eglass.records.reading import Reader, notes
from eglass.records.record import UNTRAINED, DamagedRecord, Record, read_meta, stamp
from eglass.records.standing import Standing

__all__ = [
    "IMAGE_SUFFIXES",
    "UNTRAINED",
    "DamagedRecord",
    "Direction",
    "Method",
    "Origin",
    "Reader",
    "Record",
    "Standing",
    "fingerprint",
    "notes",
    "read_meta",
    "sha256",
    "stamp",
    "whole_file",
    "whole_folder",
]
