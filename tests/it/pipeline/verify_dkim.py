"""Verifies DKIM signatures with dkimpy. Argument: a folder with record.txt and messages *.eml.

Files that begin with `changed-` have one octet changed after signing and must fail.
"""

import pathlib
import sys

import dkim

folder = pathlib.Path(sys.argv[1])
record = (folder / "record.txt").read_bytes().strip()


def lookup(name, timeout=5):
    assert name == b"s1._domainkey.example.org.", name
    return record


good = bad = 0
for path in sorted(folder.glob("*.eml")):
    verified = dkim.verify(path.read_bytes(), dnsfunc=lookup, minkey=1024)
    if verified == path.name.startswith("changed-"):
        sys.exit(f"{path.name}: {'verified' if verified else 'not verified'}")
    good, bad = good + verified, bad + (not verified)
print(f"{good} verified, {bad} refused")
