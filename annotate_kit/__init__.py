"""The mathematics and the files of labelling: arrays in, arrays out; bytes to plain records and back.

Nothing here knows Django or needs a database; it installs alone.
"""

__version__ = "0.1.0"
