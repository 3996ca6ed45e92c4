#!/usr/bin/env python3
"""Writes a workspace whose message is about as large as the one the others send.

usage: rig_workspace.py MASTHEAD KIND HTML_BYTES TEXT_BYTES RECIPIENTS DIR

KIND is `digest` (the built-in template) or `small` (one short note, a template of its own). How many items there
are and how long their teasers is found out by asking masthead for one message and measuring its two parts.
The same arguments give the same files.
"""
import email, glob, os, random, shutil, subprocess, sys

WORDS = ("the council agreed today on a plan for water and housing in several northern regions while researchers "
         "published data about warmer summers longer droughts higher prices stronger rivers public transport energy "
         "storage local schools museum harvest budget debate open letter volunteers library garden bridge harbour "
         "ferry market Zürich Łódź Malmö café résumé Århus São Paulo").split()
READERS = ("Reader", "Lectrice", "Leser für Größe", "Czytelnik Łódź", "Читатель", "قارئ", "読者")

WORKSPACE = """relay: { url: "smtp://127.0.0.1:2525" }
ledger: sqlite:masthead.db
public_url: https://news.example.org
images: link
bounces: { address: bounces@news.example.org }
"""
NEWSLETTER = """name: Example News
tagline: What the rig measures
from: Example News <news@example.org>
languages: [en]
template: %s
website: https://www.example.org/
navigation:
  - { label: News, url: "https://www.example.org/news" }
  - { label: Events, url: "https://www.example.org/events" }
  - { label: Archive, url: "https://www.example.org/archive" }
opening: |
  Hello {{ subscriber.name }},

  %s
footer:
  organisation: Example News
  postal_address: |
    1 Example Street
    1000 Example Town
  reason: You get this digest as {{ subscriber.email }}.
  contact: mailto:contact@example.org
teaser: { length: 5000 }
"""
NOTE_MJML = """<mjml lang="{{ language }}" dir="{{ dir }}">
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text>{{ opening.html }}</mj-text>
        {% for item in items %}<mj-text>{{ item.teaser.html }}</mj-text>{% endfor %}
        <mj-text>{{ footer.organisation.html }}, {{ footer.postal_address.html }}<br />{{ footer.reason.inline }}
          <a href="{{ unsubscribe_url }}">{{ strings.unsubscribe }}</a></mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
NOTE_TEXT = """{{ opening.text }}
{% for item in items %}
{{ item.teaser.text }}
{% endfor %}
-- 
{{ footer.organisation.text }}
{{ footer.postal_address.text }}
{{ footer.reason.text }}
{{ strings.unsubscribe }}:
{{ unsubscribe_url }}
"""


def words(r, n):
    w = [r.choice(WORDS) for _ in range(n)]
    return w[0].capitalize() + " " + " ".join(w[1:]) + "."


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write(text)


def content(root, kind, items, teaser):
    """newsletter, items and issue; `teaser` words an item"""
    r = random.Random(3)
    home = os.path.join(root, "newsletters", "bench")
    shutil.rmtree(home, ignore_errors=True)
    put(os.path.join(home, "newsletter.yaml"), NEWSLETTER % (kind, words(r, 30 if kind == "digest" else 12)))
    names = []
    for i in range(items):
        name = f"2024-03-{1 + i % 28:02}-item-{i + 1:03}"
        names.append(name)
        put(os.path.join(home, "news", name + ".md"),
            f"---\ndate: 2024-03-{1 + i % 28:02}\nplace: Example Town\nheadline: {words(r, 8)}\n"
            f"link: https://www.example.org/items/{i + 1}?ref=digest\n---\n{words(r, teaser)}\n")
    put(os.path.join(home, "issues", "2024-03.yaml"),
        "date: 2024-03-31\nsubject: What happened this month\npreheader: Water, housing, and warmer summers.\nitems:\n"
        + "".join(f"  - {name}\n" for name in names))


def sizes(masthead, root):
    """bytes of the two parts of one message, decoded, and of the whole message"""
    for path in glob.glob(os.path.join(root, "masthead.db*")):
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    out = os.path.join(root, "probe")
    shutil.rmtree(out, ignore_errors=True)
    done = subprocess.run([masthead, "-w", root, "send", "bench/2024-03", "--to", os.path.join(root, "one.csv"), "--yes",
                           "--outbox", out], capture_output=True, text=True)
    files = [path for path in glob.glob(os.path.join(out, "**", "*.eml"), recursive=True)]
    if len(files) != 1:
        sys.exit(f"masthead wrote {len(files)} messages, wanted 1:\n{done.stdout}{done.stderr}")
    with open(files[0], "rb") as f:
        octets = f.read()
    part = {"text/html": 0, "text/plain": 0}
    for p in email.message_from_bytes(octets).walk():
        if p.get_content_type() in part:
            part[p.get_content_type()] = len(p.get_payload(decode=True))
    return part["text/html"], part["text/plain"], len(octets)


def fit(masthead, root, kind, html, text):
    """numbers of items and of words a teaser whose parts come nearest to the wished sizes"""
    def miss(items, teaser):
        content(root, kind, items, teaser)
        h, t, whole = sizes(masthead, root)
        # The octets on the wire count most; between equals, the parts' shares.
        return abs(h + t - html - text) / (html + text) + 0.2 * abs(t - text) / text, items, teaser, (h, t, whole)
    best = miss(2, 12)
    # The size is a plane over both numbers, so that the better of the neighbours leads to the nearest one.
    step = 8
    while step:
        _, items, teaser, _ = best
        near = [(items + step, teaser), (max(items - step, 1), teaser), (items, teaser + 2 * step), (items, max(teaser - 2 * step, 4))]
        found = min((miss(*pair) for pair in near), key=lambda m: m[0])
        if found[0] < best[0]:
            best = found
        else:
            step //= 2
    content(root, kind, best[1], best[2])
    return best


def main():
    masthead, kind, html, text, recipients, root = sys.argv[1:]
    put(os.path.join(root, "masthead.yaml"), WORKSPACE)
    if kind == "small":
        for name, source in (("template.yaml", "name: Note\n"), ("digest.mjml", NOTE_MJML), ("digest.txt", NOTE_TEXT),
                             ("strings/en.yaml", "unsubscribe: Unsubscribe\n")):
            put(os.path.join(root, "templates", "small", name), source)
    put(os.path.join(root, "one.csv"), "email,name\nreader.1@example.org,Reader 1\n")
    _, items, teaser, (h, t, whole) = fit(masthead, root, kind, int(html), int(text))
    sizes(masthead, root)
    for path in glob.glob(os.path.join(root, "masthead.db*")):
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    shutil.rmtree(os.path.join(root, "probe"))
    with open(os.path.join(root, "list.csv"), "w", encoding="utf-8", newline="\n") as f:
        f.write("email,name,language\n")
        for i in range(int(recipients)):
            f.write(f"reader.{i}@mail{i % 97}.example.org,{READERS[i % len(READERS)]} {i},en\n")
    print(f"{kind}: {items} items of {teaser} words: {h} octets of HTML, {t} of text, {whole} the message; "
          f"{recipients} recipients", file=sys.stderr)


main()
