"""Reads every .eml of a folder with Python's strict policy and prints what is in it, one JSON object a line."""

import email
import email.policy
import json
import pathlib
import sys
from email.header import decode_header


def defects(message):
    found = [str(defect) for defect in message.defects]
    for value in message.values():
        found += [f"{type(defect).__name__}: {defect}" for defect in value.defects
                  if type(defect).__name__ != "NonASCIILocalPartDefect"]
    for part in message.iter_parts() if message.is_multipart() else ():
        found += defects(part)
    return found


def display_name(message):
    """The name before the address; the older decoder joins several encoded words as RFC 2047, 6.2 says."""
    raw = dict(message.raw_items())["To"]
    if raw.count("=?utf-8?") < 2:
        return message["To"].addresses[0].display_name
    return "".join(octets.decode("utf-8") for octets, charset in decode_header(raw) if charset)


def leaves(message):
    if not message.is_multipart():
        return [message]
    return [leaf for part in message.iter_parts() for leaf in leaves(part)]


def read(octets):
    if octets.isascii():
        message = email.message_from_bytes(octets, policy=email.policy.strict)
    else:  # an address that only SMTPUTF8 carries stands in the header as it is
        message = email.message_from_string(octets.decode("utf-8"), policy=email.policy.default)
    texts = [part for part in leaves(message) if part.get_content_maintype() == "text"]
    html = next(part.get_content() for part in texts if part.get_content_subtype() == "html")
    plain = next(part.get_content() for part in texts if part.get_content_subtype() == "plain")
    return {
        "to": message["To"].addresses[0].addr_spec,
        "recipients": len(message["To"].addresses),
        "name": display_name(message),
        "subject": str(message["Subject"]),
        "language": str(message["Content-Language"]),
        "message_id": str(message["Message-ID"]),
        "bcc": message["Bcc"],
        "parts": [part.get_content_type() for part in texts],
        "defects": defects(message),
        "html": html,
        "text": plain,
    }


for path in sorted(pathlib.Path(sys.argv[1]).glob("**/*.eml")):
    print(json.dumps(read(path.read_bytes()), ensure_ascii=False))
