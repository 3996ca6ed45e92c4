"""Reads messages with Python's strict policy and compares them with what went into them."""

import email
import email.errors
import email.policy
import html
import json
import re
import sys
from email.header import decode_header
from urllib.parse import quote

BREAKS = "[\x00-\x1f\x7f-\x9f\u2028\u2029]"
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(value):
    """A value as one printable line."""
    value = re.sub(f"^({BREAKS}|\\s)+|({BREAKS}|\\s)+$", "", value)
    return TURNS.sub("", re.sub(f" ?{BREAKS}+( ?{BREAKS}+)* ?", " ", value))


def escaped(text):
    return html.escape(text, quote=True).replace("&#x27;", "&#39;")


def whole_url(value, is_ours):
    if is_ours:
        return escaped(value)
    if re.match("(https?://|mailto:)", value, re.I):
        return escaped(quote(value, safe="!#$%&'()*+,-./:;=?@[]_~"))
    return quote(value, safe="-._~")


def in_html(case, values):
    def place(found):
        kind, name = found.groups()
        if kind == "text":
            return escaped(values[name])
        if kind == "whole":
            return whole_url(values[name], name == "unsubscribe")
        return quote(values[name], safe="-._~@" if "?n=" in case["html"][: found.start()][-4:] else "-._~")

    return re.sub("@@([a-z]+):([a-z]+)@@", place, case["html"])


def in_text(source, values):
    return re.sub("@@[a-z]+:([a-z]+)@@", lambda found: values[found.group(1)], source)


def unflowed(text):
    out = ""
    for line in text.split("\n")[:-1]:
        line = line.removeprefix(" ")
        out += line if line.endswith(" ") and line != "-- " else line + "\n"
    return out


def defects(message, allowed=()):
    found = list(message.defects)
    for value in message.values():
        found += [defect for defect in value.defects if not isinstance(defect, allowed)]
    if message.is_multipart():
        for part in message.iter_parts():
            found += defects(part)
    return found


def content(part):
    """The decoded part with LF line ends; every line must have ended with CRLF."""
    text = part.get_content()
    same("line ends", text.count("\r\n"), text.count("\n"))
    same("bare CR", text.count("\r"), text.count("\n"))
    return text.replace("\r\n", "\n")


def same(what, got, wanted):
    assert got == wanted, f"{what}:\n got    {got!r}\n wanted {wanted!r}"


def display_name(message):
    """The name before the address.

    The new parser puts a space between the encoded words of a phrase (RFC 2047, 6.2 says to drop it),
    so where there are several the older decoder is asked.
    """
    raw = dict(message.raw_items())["To"]
    if raw.count("=?utf-8?") < 2:
        return message["To"].addresses[0].display_name
    return "".join(octets.decode("utf-8") for octets, charset in decode_header(raw) if charset)


def check_headers(case, message, values, raw_utf8):
    allowed = (email.errors.NonASCIILocalPartDefect,) if raw_utf8 else ()
    same("defects", defects(message, allowed), [])
    same("subject", str(message["Subject"]), re.sub("^\\s+|\\s+$", "", in_text(case["subject"], values)))
    (to,) = message["To"].addresses
    same("name", display_name(message), clean(case["name"] or ""))
    same("address", to.addr_spec, case["address"])
    (sender,) = message["From"].addresses
    same("sender", (sender.display_name, sender.addr_spec), ("STARSOM: l’actualité", "starsom@example.org"))
    same("list", str(message["List-Id"]), "STARSOM – نشرة <starsom.example.org>")
    same("language", str(message["Content-Language"]), case["language"])
    urls = re.findall("<([^>]*)>", str(message["List-Unsubscribe"]))
    same("urls", [url.split(":")[0] for url in urls], ["https", "mailto"] if case["one_click"] else ["mailto"])
    same("body link", urls[0], case["unsubscribe"])
    same("one-click", message["List-Unsubscribe-Post"],
         "List-Unsubscribe=One-Click" if case["one_click"] else None)
    same("times", [len(message.get_all(name)) for name in set(message.keys())], [1] * len(message.keys()))
    same("no copies", (message["Bcc"], message["Cc"]), (None, None))
    assert message["Date"].datetime is not None
    assert re.fullmatch("<starsom\\.2022\\.04\\.r0\\.[a-z2-7]{26}\\.m1@example\\.org>", str(message["Message-ID"]))


def check(case):
    octets = case["message"].encode("utf-8")
    raw_utf8 = not octets.isascii()
    if raw_utf8:
        message = email.message_from_string(octets.decode("utf-8"), policy=email.policy.default)
    else:
        message = email.message_from_bytes(octets, policy=email.policy.strict)
    values = {name: clean(case[name] or "") for name in ("name", "city", "site")}
    values["name"] = values["name"] or "reader"
    values["site"] = values["site"] or "https://example.org/"
    values["unsubscribe"] = case["unsubscribe"]
    check_headers(case, message, values, raw_utf8)
    same("kind", message.get_content_type(), "multipart/alternative")
    text, second = message.iter_parts()
    body = content(text)
    flows = text["Content-Type"].params.get("format") == "flowed"
    same("flows", flows, case["language"] != "zh")
    lines = case["text"].split("\n")
    wanted = "\n".join(line if line == "-- " else in_text(line, values).rstrip(" ") for line in lines)
    same("text", unflowed(body) if flows else body, wanted)
    if case["images"]:
        same("kind", second.get_content_type(), "multipart/related")
        second, image = second.iter_parts()
        same("image", (image.get_content_type(), image["Content-ID"]), ("image/png", "<logo@example.org>"))
        same("file", image.get_filename(), "logo für alle.png")
        assert image.get_content().startswith(b"\x89PNG")
    same("html", content(second), in_html(case, values))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    failed = 0
    for case in cases:
        try:
            check(case)
        except Exception as error:  # every failure should be seen, not only the first
            failed += 1
            if failed <= 5:
                print(f"{case['name']!r:.60} in {case['language']}: {type(error).__name__} {error}", file=sys.stderr)
    if failed:
        sys.exit(f"{failed} of {len(cases)} messages differ")
    print(f"{len(cases)} messages, no defect")


main()
