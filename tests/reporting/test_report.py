"""The report loads nothing, and says what was found as it was found."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from eglass.evaluation.assessment import in_words
from eglass.evaluation.comparison import MEASURES, aggregate
from eglass.records.digits import scientific
from eglass.reporting.report import write_report
from tests.synthetic_records import synthetic_record

VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """What a browser would see: the text beside the contents, and every address."""

    def __init__(self, html):
        super().__init__()
        self.html, self.tags, self.addresses, self.open, self.words = html, set(), [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"] and "nav" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))


def claim(text, problem, holds, **other):
    row = {"claim": text, "source": "Sec. 3", "problem": problem, "paper": "> 1", "holds": holds}
    row |= {"network": "faces"}
    numbers = {"measured": 2.345, "low": 1.5, "high": 3.5, "unit": "{:.2f}", "note": ""}
    numbers |= {"targets": 24, "limit": "> 1.00", "chance": ""}
    return row | numbers | other


@pytest.fixture
def given(tmp_path):
    """Return everything that a report is written from."""
    figures = {}
    for i, name in enumerate(("fig1_correlation", "fig3_inpainting_sample", "coupling_inpainting")):
        figures[name] = tmp_path / f"{name}.png"
        Image.fromarray(np.full((4, 4, 3), i, np.uint8)).save(figures[name])
    record, other = synthetic_record("super_resolution"), synthetic_record("inpainting", seed=1)
    claims = [
        claim("Holds everywhere", "super_resolution", "yes"),
        claim("Holds everywhere", "inpainting", "yes"),
        claim("Holds nowhere", "super_resolution", "no"),
        claim("Holds nowhere", "inpainting", "no", note="by far"),
        claim("Differs", "super_resolution", "yes"),
        claim("Differs", "inpainting", "no"),
        claim("Holds a little", "inpainting", "weak", chance="0.45"),
        claim("Cannot be said", "inpainting", "undecided", measured=np.nan, unit="{:.1e}"),
    ]
    timing = pd.DataFrame(
        {
            "problem": "inpainting",
            "protocol": ["paper", "paper", "batched", "batched"],
            "method": ["PULSE", "e-GLASS"] * 2,
            "inversion": [40.0, 4.0, 2.0, 4.0],
            "geometry": [0.0, 0.9, 0.0, 0.9],
            "exploration": [0.0, 0.1, 0.0, 0.1],
            "total": [40.0, 5.0, 2.0, 5.0],
            "solutions": 10,
            "feasible": [8, 10, 8, 10],
            "targets": 24,
            "paper_seconds": [7900.0, 1300.0, np.nan, np.nan],
        }
    )
    return {
        "claims": pd.DataFrame(claims),
        "timing": timing,
        "figures": figures,
        "records": {
            "super_resolution": {"photograph": record},
            "inpainting": {"photograph": other, "sample-000": other, "sample-001": other},
        },
        "shown": ["photograph"],
        "confidence": 0.95,
        "config_text": "seed: 0\nnote: <script>alert('&')</script>",
        "timed_on": ["cpu (2 threads)", "cpu (1 thread)"],
        "environment": record.meta["environment"],
        "weights": record.meta["weights"],
    }


@pytest.fixture
def written(given, tmp_path):
    def write(**other):
        path = tmp_path / "report.html"
        write_report(path, **given | other)
        return Page(path.read_text(encoding="utf-8"))

    return write


def section(page, start, end):
    return page.text[page.text.index(start) : page.text.index(end, page.text.index(start))]


def test_it_loads_nothing_from_outside(written):
    page = written()
    assert page.addresses
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in page.addresses)
    assert page.tags.isdisjoint({"link", "iframe", "object", "base"})
    assert not re.search(r"url\(|@import|https?:", page.html)


def test_every_opening_row_has_a_slider_that_works_without_a_script_too(written, given):
    page = written()
    rows = sum(len(given["shown"]) for _ in given["records"])
    sliders = page.html.split('<div class="eglass-slider">')[1:]
    assert len(sliders) == rows
    assert all(slider.count("data-eta=") == 6 for slider in sliders)
    assert page.text.count("Walk along one direction") == 1


def test_every_figure_is_inside_whole(written, given):
    page = written()
    for path in given["figures"].values():
        assert base64.b64encode(path.read_bytes()).decode() in page.html
    assert "Fig. 1" in page.text
    assert "Inpainting, a sample of the generator" in page.text


def test_it_opens_with_every_solution_of_the_shown_targets_of_each_problem(written, given):
    page = written()
    opening = page.html[: page.html.index("What holds</h2>")]
    assert opening.count("<img") == 2 * (2 + 6)
    both = [by_target["photograph"] for by_target in given["records"].values()]
    feasible = sum(record.tables["solutions"][-6:]["feasible"].sum() for record in both)
    assert opening.count('<figure class="feasible">') == feasible
    assert opening.count('<figure class="infeasible">') == 12 - feasible
    first = both[0].tables["solutions"].iloc[-6]
    assert f"{scientific(first['l2'])}, {first['psnr']:.1f} dB" in page.text


def test_nothing_is_marked_as_explained_that_the_generator_does_not_make(written, given):
    record = synthetic_record("inpainting")
    reasons = ["its best is 4 times as far as a sample's"]
    record.meta["verdict"] = {"inside": False, "reasons": reasons, "scores": {}}
    page = written(records={"inpainting": {"photograph": record}})
    opening = page.html[: page.html.index("What holds</h2>")]
    assert '<figure class="feasible">' not in opening
    assert f"Outside of what the generator makes: {reasons[0]}" in page.text
    record.meta["verdict"]["inside"] = True
    assert "Outside of what" not in written(records={"inpainting": {"photograph": record}}).text


@pytest.mark.parametrize(
    ("kind", "said"),
    [("photograph", "the photograph"), ("sample", "a sample of the generator"), ("image", "b.png")],
)
def test_what_was_measured_is_said_in_words(written, kind, said):
    record = synthetic_record("inpainting")
    record.meta["target"] |= {"name": "b.png", "kind": kind}
    page = written(records={"inpainting": {"photograph": record}})
    assert f"Inpainting{said}" in page.text


def test_claims_say_whether_they_hold_and_on_which_problem(written, given):
    page = written()
    assert "Holds everywhere Sec. 3✓ yes" in page.text
    assert "Holds nowhere Sec. 3✗ no" in page.text
    assert "Differs Sec. 3partly" in page.text
    assert "Cannot be said Sec. 3undecided" in page.text
    assert "Holds a little Sec. 3weak" in page.text
    assert "if > 1.00; chance 0.45" in section(page, "Holds a little", "Cannot be said")
    # The same count as in every other place.
    assert in_words(given["claims"]) in page.text
    differs = section(page, "Differs", "Holds a little")
    assert differs.index("Super Resolution") < differs.index("yes") < differs.index("Inpainting")
    assert differs.rindex("no") > differs.index("Inpainting")


def test_what_holds_on_one_network_only_is_said_to(written):
    rows = [
        claim("Both", "inpainting", "yes"),
        claim("Both", "inpainting", "yes", network="eyes"),
        claim("One", "inpainting", "no"),
        claim("One", "inpainting", "yes", network="eyes"),
        claim("Neither", "inpainting", "no"),
        claim("Neither", "inpainting", "undecided", network="eyes"),
    ]
    page = written(claims=pd.DataFrame(rows))
    assert "Both Sec. 3✓ yes" in page.text
    assert "One Sec. 3eyes only" in page.text
    assert "Neither Sec. 3partly" in page.text
    assert "Inpainting, eyes" in page.text
    assert "1 holds on every network" in page.text
    # Of one network its name says nothing.
    assert "Inpainting, faces" not in written().text


def test_claims_stand_beside_the_paper_with_value_interval_and_note(written):
    page = written()
    row = section(page, "Holds nowhere", "Differs")
    assert row.count(" > 1 2.35") == 2
    assert row.count("2.35 [1.50, 3.50], n = 24") == 2
    assert row.count("by far") == 1
    assert "nan" not in section(page, "Cannot be said", "Behind the figures")


def test_its_contents_lead_to_every_section(written):
    page = written()
    contents = page.html[page.html.index("<nav") : page.html.index("</nav>")]
    leads = re.findall(r'href="#([a-z0-9]+)"', contents)
    assert len(leads) >= 8
    for name in leads:
        assert f'id="{name}"' in page.html


def test_a_slower_eglass_is_called_slower(written):
    page = written()
    assert "e-GLASS 8.0 × faster (paper: 6.1 × faster)" in page.text
    assert "e-GLASS 2.5 × slower" in page.text
    assert "8 of 10" in page.text


def test_symbols_are_set_as_the_paper_sets_them(written, given):
    text = "ℓ2 of v^K and d, in H_Y, from z0"
    page = written(claims=pd.DataFrame([claim(text, "inpainting", "yes")]))
    assert (
        "ℓ<sub>2</sub> of <b>v</b><sup>K</sup> and <b>d</b>, in <b>H</b><sub>Y</sub>, "
        "from z<sub>0</sub>"
    ) in page.html


def test_each_protocol_says_what_it_was_measured_on(written):
    assert "Measured on cpu (2 threads), the rest on cpu (1 thread)." in written().text
    assert "Measured on cpu (2 threads)." in written(timed_on=["cpu (2 threads)"]).text


def test_configuration_versions_device_and_hashes_stand_at_the_foot(written, given):
    foot = written().text.split("How this was made")[1]
    for expected in ("seed: 0", "torch 2.15.0", "cpu (2 threads)", "ab" * 32, "somewhere==1.0"):
        assert expected in foot


def test_text_is_never_taken_for_markup(written):
    page = written()
    assert "<script>alert('&')</script>" in page.text


def test_tags_are_closed_in_order(written):
    assert written().open == []


def test_untrained_weights_are_announced_and_trained_ones_are_not(written):
    untrained = synthetic_record(trained=False).meta["weights"]
    assert "Untrained weights: timing only" in written(weights=untrained).text
    assert "ntrained" not in written().text


def test_an_older_report_survives_a_failure(written, given, tmp_path):
    before = written().html
    with pytest.raises(FileNotFoundError):
        written(figures={"fig1_correlation": tmp_path / "missing.png"})
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == before


def test_what_goes_beyond_the_paper_has_its_section_when_it_was_compared(written, given, tmp_path):
    rows = [
        {"problem": "inpainting", "threshold": 3e-3, "count": 10, "method": method}
        | {measure: 0.25 for measure in MEASURES}
        for method in ("PULSE", "repulsion")
        for _ in range(2)
    ]
    found = aggregate(pd.DataFrame(rows), resamples=10, confidence=0.95, seed=0)
    figures = {"diversity": tmp_path / "d.png", "explorers_inpainting_sample": tmp_path / "e.png"}
    for i, path in enumerate(figures.values()):
        Image.fromarray(np.full((4, 4, 3), 9 * i, np.uint8)).save(path)
    page = written(figures=given["figures"] | figures, beyond=found)
    beyond = section(page, "Beyond the paper", "Behind the figures")
    assert "Inpainting, ℓ2 ≤ 0.003, N = 10" in beyond
    assert beyond.count("0.250[0.250, 0.250]") == 2 * 4
    assert "repulsion" in beyond
    for path in figures.values():
        assert base64.b64encode(path.read_bytes()).decode() in page.html
    assert page.open == []
    assert "Beyond the paper" not in written().text
