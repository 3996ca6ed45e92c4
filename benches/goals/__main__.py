"""Measures masthead against the goals and prints the table. scripts/bench calls it and says what the words mean."""
import argparse, os, sys, time
from machine import Machine, Workspace
from sections import SECTIONS

HEAD = ("case", "masthead", "anchor", "ratio", "goal", "stretch", "reached")
BEGIN, END = "<!-- goals: written by scripts/bench --page -->", "<!-- /goals -->"


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cells(row):
    unit = row.unit if row.unit == "/s" else f" {row.unit}"
    bound, times = ("≤ " if row.less else "≥ "), ("" if row.ratio is None else " ×")
    goal = lambda value: "–" if value is None else f"{bound}{value:g}{times or unit}"
    figure = lambda value: "–" if value is None else number(value) + unit
    ratio = "–" if row.ratio is None else number(row.ratio) + times
    return (row.name, figure(row.ours), figure(row.anchor), ratio, goal(row.demand), goal(row.stretch), row.verdict or "–")


def table(lines):
    """the lines as Markdown that can be read as it is"""
    widths = [max(len(line[column]) for line in [HEAD, *lines]) for column in range(len(HEAD))]
    put = lambda line: "| " + " | ".join(
        cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(line, widths))) + " |"
    rule = "|" + "|".join("-" * (width + 2) if column == 0 else "-" * (width + 1) + ":" for column, width in enumerate(widths)) + "|"
    return "\n".join([put(HEAD), rule, *map(put, lines)])


def processor():
    with open("/proc/cpuinfo") as f:
        names = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {names[0] if names else 'unknown'}"


def caption(machine, names, seconds):
    others = sorted(machine.others)
    meanwhile = f"; meanwhile other programs kept {others[len(others) // 2]:.1f} cores busy (at worst {others[-1]:.1f})" if others else ""
    all_of_them = names == list(SECTIONS)
    return (f"Measured {time.strftime('%Y-%m-%d', time.gmtime())} by `scripts/bench{'' if all_of_them else ' ' + ' '.join(names)}"
            f"{' --quick' if machine.quick else ''}{' --long' if machine.long else ''}` in {seconds / 60:.0f} min, medians of {machine.rounds}: "
            f"{processor()}{meanwhile}.")


def write_page(path, lines, said):
    """puts the table between its marks; lines that this run did not measure stay as they were"""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    before, rest = text.split(BEGIN, 1)
    old, after = rest.split(END, 1)
    known = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in old.splitlines() if line.startswith("| ")]
    known = [line for line in known if len(line) == len(HEAD) and line != HEAD]
    new = {line[0]: line for line in lines}
    kept = [new.pop(line[0], line) for line in known]
    captions = [line for line in old.splitlines() if line.startswith("Measured ")]
    notes = [said] if len(new) + len(kept) == len(lines) else [*captions, said]
    with open(path, "w", encoding="utf-8") as f:
        f.write(before + BEGIN + "\n" + table([*kept, *new.values()]) + "\n\n" + "\n\n".join(notes) + "\n" + END + after)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("sections", nargs="*", metavar="SECTION")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--page", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.quick and arguments.page:
        sys.exit("scripts/bench: the figures of --quick mean nothing, so they are not put into a page")
    names = arguments.sections or list(SECTIONS)
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        sys.exit(f"scripts/bench: no section `{unknown[0]}`; there are: {' '.join(SECTIONS)}")
    began, machine = time.time(), Machine(arguments.quick, arguments.long)
    workspace, rows = Workspace(machine), []
    for name in names:
        print(f"── {name}: {SECTIONS[name].__doc__}", file=sys.stderr, flush=True)
        rows += SECTIONS[name](machine, workspace)
    lines, said = [cells(row) for row in rows], caption(machine, names, time.time() - began)
    print(f"\n{table(lines)}\n\n{said}")
    missed = sum(row.verdict == "miss" for row in rows)
    print(f"{sum(row.verdict in ('pass', 'stretch') for row in rows)} goals reached, {missed} missed.")
    if arguments.page:
        write_page(arguments.page, lines, said)


main()
