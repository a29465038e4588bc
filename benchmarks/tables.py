"""Make the tables of docs/measured.md from the results; `python -m docs.generate` puts them there."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks import RESULTS, read_result

WATCHED = {  # while soaking
    "coordinator_mb": "memory of the coordinator, MB",
    "open_files": "files the coordinator has open",
    "processes": "processes, kernels' among them",
    "scratch_mb": "temporary files, MB",
}


def strength_table() -> str:
    """One row per assignment: known wrong answers caught, known right answers accepted."""
    result = read_result("strength")
    lines = [
        "| assignment | graded exercises | known wrong answers | caught by visible tests | caught by questions "
        "| other right answers | accepted |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    columns = ("wrong", "caught_by_visible", "caught", "right", "accepted")
    for assignment, rows in result["measured"].items():
        sums = [str(sum(row[column] for row in rows)) for column in columns]
        lines.append(f"| {assignment} | {len(rows)} | {' | '.join(sums)} |")
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return "\n".join([*lines, "", f"Measured by `python -m benchmarks.strength` with {versions}."])


def mutants_table() -> str:
    """One row per assignment: small changes of the references, and what notices them."""
    result = read_result("mutants")
    lines = [
        "| assignment | mutants | accepted, with a written reason | of the others, caught by visible tests "
        "| caught by questions | missed | minutes |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for assignment, row in result["measured"].items():
        others = row["mutants"] - row["equivalent"]
        numbers: list[object] = [row["mutants"], row["equivalent"]]
        numbers += [
            f"{row[by]} ({100 * row[by] / others:.1f} %)" for by in ("killed_by_visible", "killed_by_questions")
        ]
        numbers += [len(row["survivors"]), f"{row['seconds'] / 60:.1f}"]
        lines.append(f"| {assignment} | {' | '.join(map(str, numbers))} |")
    return "\n".join([*lines, "", _source(result)])


def diagnosis_table() -> str:
    """How many wrong answers are named rightly, wrongly, or not at all."""
    result = read_result("diagnosis")
    measured = result["measured"]
    lines = ["| what was handed in | cases | named | not named | named wrongly |", "|---|--:|--:|--:|--:|"]
    for kind, name in {
        "wrong": "a known wrong answer",
        "float32": "the same, rounded to float32",
        "changed": "the same, with one more question answered wrongly",
        "two": "two known mistakes in one",
        "follow_up": "a right answer that uses an earlier one, which is wrong",
        "pair": "a wrong answer that uses an earlier one, which is wrong, too",
        "unknown": "a wrong answer that is not among the known ones",
        "right": "a right answer",
    }.items():
        counts = [counts.get(kind, {}) for counts in measured["counts"].values()]
        named, unnamed, misnamed = (sum(c.get(o, 0) for c in counts) for o in ("named", "unnamed", "misnamed"))
        cases = named + unnamed + misnamed
        columns = ["" if kind in ("unknown", "right") else named, unnamed, misnamed]
        shown = [f"{column:,} ({100 * column / cases:.1f} %)" if column != "" else "" for column in columns]
        lines.append(f"| {name} | {cases:,} | {' | '.join(shown)} |")
    shares = {
        name: counts["wrong"].get("named", 0) / sum(counts["wrong"].values())
        for name, counts in measured["counts"].items()
    }
    worst = min(shares, key=shares.__getitem__)
    sentence = (
        f"All six assignments, asked with {_number(measured['seeds'], 'seed')}; of the known wrong answers the fewest "
        f"are named in {worst}, {100 * shares[worst]:.1f} %."
    )
    return "\n".join([*lines, "", sentence, _source(result)])


def trust_table() -> str:
    """A class of all kinds: what was stolen, lost and leaked."""
    result = read_result("trust")
    measured = result["measured"]
    attacks = measured["attacks"].values()
    taken = [row["stock"] - row["deserved"] for row in attacks if (row["stock"] or 0) > row["deserved"]]
    graded = sum(row["stock"] is not None for row in attacks)
    return (
        f"{measured['students']} submissions of {measured['assignment']}, {measured['hostile']} of them made to steal "
        f"points, {measured['all_right']} all right: {len(measured['stolen'])} got points that they do not deserve, "
        f"{len(measured['lost'])} lost points that they do, {len(measured['leaked'])} got a page with a line of a "
        f"hidden test or a solution; {measured['flagged']['hostile']} of the hostile ones and "
        f"{len(measured['flagged']['honest'])} others were flagged. Of {graded} hostile ones that stock nbgrader "
        f"graded as well, it gave {len(taken)} points for nothing, {sum(taken):g} in all.\n{_source(result)}"
    )


def kills_table() -> str:
    """What a class that was killed again and again ended as."""
    result = read_result("kills")
    measured = result["measured"]
    victims = ", ".join(f"{count} times the {whom}" for whom, count in measured["killed"].items())
    return (
        f"{len(measured['kills'])} processes killed at random moments while {measured['submissions']} submissions were "
        f"graded ({victims}), in {measured['runs']} runs: of {measured['compared']:,} files and rows of the gradebook "
        f"{len(measured['differing'])} differ from those of a run that was left alone, "
        f"{len(measured['graded_again'])} were graded twice, and {len(measured['left'])} processes or files were left "
        f"behind.\n{_source(result)}"
    )


def soak_table() -> str:
    """What an hour of grading and killing did to memory, files, processes and scratch space."""
    result = read_result("soak")
    measured = result["measured"]
    lines = ["| | median of the first third | median of the last third | most |", "|---|--:|--:|--:|"]
    for name, title in WATCHED.items():
        lines.append(f"| {title} | {' | '.join(f'{value:,.4g}' for value in measured['beginning_and_end'][name])} |")
    victims = ", ".join(f"{whom} {count}" for whom, count in measured["killed"].items())
    sentences = [
        f"{measured['minutes']:g} minutes: {measured['honest']} honest and {measured['hostile']} hostile submissions "
        f"of {measured['assignment']}, graded {_number(measured['rounds'], 'time')} by one coordinator.",
        f"Meanwhile {sum(measured['killed'].values())} processes were killed ({victims}).",
        *(
            [f"That ended {_number(measured['stopped'], 'run')}; each time the next went on."]
            if measured["stopped"]
            else []
        ),
        f"Files and scores of honest submissions that differ from an undisturbed run: {len(measured['differing'])}.",
        f"Hostile ones with more than they deserve, or traces of any outside: {len(measured['faults'])}.",
        f"Temporary files left in the end: {len(measured['left'])}.",
    ]
    return "\n".join([*lines, "", *sentences, _source(result)])


def scale_table() -> str:
    """How time, memory and the gradebook grow, and what that means for 100,000."""
    result = read_result("scale")
    measured = result["measured"]
    graded, alone = measured["graded"], measured["coordinated"]
    lines = [
        f"| submissions | graded here, {measured['jobs']} at a time: seconds each | the coordinator alone: ms each "
        "| of these the gradebook | first tenth of its writes | last tenth | coordinator, MB | gradebook, MB |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for size in sorted({*graded, *alone}, key=int):
        n, here, coordinator = int(size), graded.get(size), alone.get(size)
        columns = [f"{here['seconds'] / n:.2f}" if here else ""]
        if coordinator:
            each = [coordinator["seconds"] / n, coordinator["steps"]["gradebook"] / n]
            each += [coordinator["first_writes"], coordinator["last_writes"]]
            columns += [f"{1000 * seconds:.1f}" for seconds in each]
        else:
            columns += [""] * 4
        runs = [run for run in (here, coordinator) if run]
        columns += [f"{max(run['coordinator_mb'] for run in runs):,.0f}"]
        columns += [f"{max(run['gradebook_mb'] for run in runs):,.1f}"]
        lines.append(f"| {n:,} | {' | '.join(columns)} |")
    return "\n".join([*lines, "", _growth(graded, alone, measured["jobs"]), _source(result)])


def _growth(graded: dict[str, Any], alone: dict[str, Any], jobs: int) -> str:
    """The fit of time against size, and an estimate from it."""
    large, largest = max(graded, key=int), max(alone, key=int)
    here = graded[large]["seconds"] / int(large)
    each = alone[largest]["seconds"] / int(largest)
    share = alone[largest]["steps"]["gradebook"] / int(largest) / here
    n, nodes, cores = 100_000, 100, 16
    together = nodes * cores / (here * jobs)  # submissions a second
    sentences = [
        f"Time grows {_longer(graded)}; that of the coordinator alone {_longer(alone)}.",
        f"Writing the gradebook takes {100 * share:.1f} % of the time of grading here.",
        "",
        f"What that means for {n:,} submissions on {nodes} nodes of {cores} cores like these:",
        "",
        f"- one submission takes {here * jobs:.1f} seconds of a core, so all nodes together could grade "
        f"{together:,.0f} a second, and be done in {n / together / 60:.1f} minutes;",
        f"- the one coordinator manages {1 / each:.0f} a second, and needs {n * each / 60:.0f} minutes. It is what "
        f"breaks first: it keeps no more than {here * jobs / each:.0f} cores busy;",
        "- so use a few nodes, or grade parts of the class side by side, each with a gradebook of its own;",
        f"- the gradebook would have {alone[largest]['gradebook_mb'] * n / int(largest) / 1000:.1f} GB.",
        "",
    ]
    return "\n".join(sentences)


def _longer(runs: dict[str, Any]) -> str:
    """How many times longer the largest class takes than the next smaller one."""
    smaller, larger = sorted(map(int, runs))[-2:]
    times = runs[str(larger)]["seconds"] / runs[str(smaller)]["seconds"]
    return f"{times:.1f} times from {smaller:,} submissions to {larger:,}"


def fashion_mnist_table() -> str:
    """Test accuracy of assignment 3's reference after short and long training."""
    result = read_result("fashion_mnist")
    measured = result["measured"]
    lines = ["| epochs | test accuracy | with the mirror image | seeds |", "|--:|--:|--:|--:|"]
    for epochs, runs in measured["accuracy"].items():
        columns = [f"{_spread([run[view] for run in runs], 100, 2)} %" for view in ("plain", "mirrored")]
        lines.append(f"| {epochs} | {' | '.join(columns)} | {len(runs)} |")
    times, spread = _ratio(measured["images_per_second"], measured["images_per_second_ordinary"])
    lines += [
        "",
        f"{measured['parameters']:,} parameters, trained on all 60,000 images on the {measured['device']}; the recipe "
        "was chosen among a dozen by their accuracy on the same test images.",
        f"Its loop sees {times} times as many images per second ({spread}) as a DataLoader that transforms PIL images, "
        "in turns in one run.",
    ]
    return "\n".join([*lines, _source(result)])


def cifar10_table() -> str:
    """Assignment 4's recipes, on each device that was measured."""
    lines = []
    for path in sorted(RESULTS.glob("cifar10_*.json")):
        result = read_result(path.stem)
        measured = result["measured"]
        lines += [
            f"On a {measured['device']}, {measured['images']:,} training images:",
            "",
            "| recipe | epochs | test accuracy | seconds | images per second | seeds |",
            "|---|--:|--:|--:|--:|--:|",
        ]
        for recipe, runs in measured["runs"].items():
            columns = [
                f"{_spread([run['accuracy'] for run in runs], 100, 1)} %",
                _spread([run["seconds"] for run in runs], 1, 1),
                _spread([run["images_per_second"] for run in runs], 1, 0),
            ]
            name = "the tutorial's" if recipe == "seed" else recipe
            lines.append(f"| {name} | {measured['epochs'][recipe]} | {' | '.join(columns)} | {len(runs)} |")
        rates = {name: [run["images_per_second"] for run in runs] for name, runs in measured["runs"].items()}
        times, spread = _ratio(rates["reference"], rates["seed"])
        lines += [
            "",
            f"The reference sees {times} times as many images per second ({spread}) as the tutorial's recipe.",
            _source(result),
            "",
        ]
    return "\n".join(lines).rstrip()


def transfer_table() -> str:
    """What caching assignment 5's features saves."""
    result = read_result("transfer")
    measured = result["measured"]
    rounds = measured["rounds"]
    times, spread = _ratio([one["end_to_end"] for one in rounds], [one["cached"] for one in rounds])
    text = (
        f"A head on a frozen VGG16, {measured['epochs']} epochs on {measured['images']} made pictures of "
        f"{measured['side']}×{measured['side']} pixels on the {measured['device']}: training on cached features takes "
        f"{times} times less time than end to end ({spread}), and the weights differ by "
        f"{max(one['difference'] for one in rounds):.1g} at most."
    )
    return "\n".join([text, _source(result)])


def adversarial_table() -> str:
    """Assignment 6's networks under attack, and its PGD beside foolbox's."""
    lines = []
    for path in sorted(RESULTS.glob("adversarial_*.json")):
        result = read_result(path.stem)
        measured = result["measured"]
        attacks = ("clean", "FGSM", "PGD-20", "PGD-100")
        lines += [
            f"Accuracy at ε = 8/255 on {measured['measured_on']:,} test images ({measured['dataset']}), after "
            f"{measured['epochs']} epochs on {measured['images']:,} images on the {measured['device']}:",
            "",
            f"| training | {' | '.join(attacks)} | seconds | seeds |",
            "|---|--:|--:|--:|--:|--:|--:|",
        ]
        for recipe, runs in measured["runs"].items():
            columns = [f"{_spread([run[attack] for run in runs], 100, 1)} %" for attack in attacks]
            columns.append(_spread([run["seconds"] for run in runs], 1, 1))
            name = {"plain": "plain", "sound": "adversarial"}[recipe]
            lines.append(f"| {name} | {' | '.join(columns)} | {len(runs)} |")
        rates = measured["attack"]["images_per_second"]
        times, spread = _ratio(rates["reference"], rates["foolbox"])
        lines += [
            "",
            f"PGD-20 on the same network, in turns: the reference attacks {times} times as many images per second as "
            f"foolbox ({spread}), and the attacked images differ by {measured['attack']['difference']:.1g} at most.",
            _source(result),
            "",
        ]
    return "\n".join(lines).rstrip()


GRADERS = {  # in results/grading.json
    "stock": "`nbgrader autograde`, `generate_feedback`",
    "first": "the first edition of `autograder`",
    "fresh": "`autograder grade`, `feedback`",
    "kept": "the same, what the questions gave being kept",
}


def grading_table() -> str:
    """Time, memory and scores of a class from submissions to gradebook and pages, with stock nbgrader and here."""
    result = read_result("grading")
    measured = result["measured"]
    n = measured["submissions"]
    lines = [
        "| assignment | | at a time | seconds per submission | times less than nbgrader | processor seconds "
        "| of these the grader's own | coordinator, MB | all processes, MB | runs |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    groups: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for run in measured["runs"]:
        groups.setdefault((run["assignment"], run["what"], run["jobs"]), []).append(run)
    for (assignment, what, jobs), runs in groups.items():
        stock = groups[assignment, "stock", 1]
        times = "" if what == "stock" else _ratio(_seconds(stock), _seconds(runs))[0]
        processor = [run["processor_seconds"] / n for run in runs]
        own = [(run["processor_seconds"] - run["kernel_seconds"]) / n for run in runs]
        columns = [assignment, GRADERS[what], str(jobs), _spread(_seconds(runs), 1 / n, 2), times]
        columns += [_spread(processor, 1, 2), _spread(own, 1, 2)]
        columns += [f"{max(run[peak] for run in runs):,.0f}" for peak in ("coordinator_mb", "together_mb")]
        lines.append(f"| {' | '.join([*columns, str(len(runs))])} |")
    compared, differing = (sum(measured["compared"].values()), sum(map(len, measured["differing"].values())))
    sentences = [
        f"From {n} submissions to gradebook and pages, each command's start included. The grader's own processor time "
        "is that of all processes but the kernels.",
        f"Of {compared:,} scores that nbgrader put into its gradebook, ours differ in {differing}.",
    ]
    return "\n".join([*lines, "", *sentences, _source(result)])


def _seconds(runs: list[dict[str, Any]]) -> list[float]:
    return [run["seconds"] for run in runs]


def questions_table() -> str:
    """What one pass of all questions costs, beside the first edition's."""
    result = read_result("questions")
    lines = [
        "| assignment | questions, seconds | share of the first edition's | visible tests, seconds "
        "| share of the first edition's |",
        "|---|--:|--:|--:|--:|",
    ]
    for assignment, by_edition in result["measured"].items():
        columns = [assignment]
        for what in ("questions", "visible"):
            here = [one[what] for one in by_edition["here"]]
            first = [one[what] for one in by_edition.get("first", [])]
            share = statistics.median(a / b for a, b in zip(here, first, strict=True)) if first else None
            columns += [f"{statistics.median(here):.2f}", f"{100 * share:.0f} %" if share is not None else ""]
        lines.append(f"| {' | '.join(columns)} |")
    sentence = "The processor time of one pass of all questions, or of all visible tests, over the references."
    return "\n".join([*lines, "", sentence, _source(result)])


def commands_table() -> str:
    """What commands take beside the first edition."""
    result = read_result("commands")
    lines = ["| command | the first edition, s | now, s | share | goal |", "|---|--:|--:|--:|--:|"]
    for title, row in result["measured"].items():
        share, goal = 100 * row["now"] / row["first"], 100 * row["goal"]
        lines.append(f"| `{title}` | {row['first']:.2f} | {row['now']:.2f} | {share:.0f} % | {goal:.0f} % |")
    sentence = (
        "Processor times of a command and all that it starts, both editions one after the other; medians. After a save "
        "counts what `check --watch` takes from there to the last claim; the first edition checks everything each time."
    )
    return "\n".join([*lines, "", sentence, _source(result)])


def _spread(values: list[float], scale: float, digits: int) -> str:
    """mean ± standard deviation; of a single value that value"""
    if len(values) == 1:
        return f"{scale * values[0]:,.{digits}f}"
    mean, deviation = statistics.mean(values), statistics.stdev(values)
    return f"{scale * mean:,.{digits}f} ± {scale * deviation:,.{digits}f}"


def _ratio(ours: list[float], theirs: list[float]) -> tuple[str, str]:
    """The median of ours / theirs, round by round, and in words from where to where it goes."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    spread = f"{min(ratios):.1f} to {max(ratios):.1f} in {len(ratios)} rounds"
    return f"{statistics.median(ratios):.1f}", spread


def _number(n: int, what: str) -> str:
    return f"{n} {what}{'s' if n != 1 else ''}"


def _source(result: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"Measured by `{result['command']}` on {result['machine']}, with {versions}."


TABLES = {
    "strength": strength_table,
    "trust": trust_table,
    "diagnosis": diagnosis_table,
    "mutants": mutants_table,
    "grading": grading_table,
    "questions": questions_table,
    "commands": commands_table,
    "kills": kills_table,
    "soak": soak_table,
    "scale": scale_table,
    "fashion_mnist": fashion_mnist_table,
    "cifar10": cifar10_table,
    "transfer": transfer_table,
    "adversarial": adversarial_table,
}


def table(name: str) -> str:
    """The table of that name; where nothing, or something else, was measured so far, a sentence."""
    try:
        return TABLES[name]()
    except (FileNotFoundError, KeyError):
        return f"Not measured yet: `python -m benchmarks.{name}` does it."
