"""Figures show what their records say, where they say it."""

from __future__ import annotations

import itertools
import logging
import warnings
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import same_color

from eglass.evaluation.claims import coupling_over_chance
from eglass.records import UNTRAINED, names
from eglass.records.digits import scientific
from eglass.reporting.exploration_figures import consensus_figure, set_figure, strip_figure
from eglass.reporting.figures import (
    edge_figure,
    gallery_figure,
    loss_figure,
    save,
    solutions_figure,
)
from eglass.reporting.geometry_figures import correlation_figure, coupling_figure, spectrum_figure
from eglass.reporting.pages import GREEN, enlarged
from tests.synthetic_records import synthetic_record

DRAWINGS = {
    "correlation": lambda record: correlation_figure({"one": record, "two": record}),
    "solutions": solutions_figure,
    "edge": edge_figure,
    "coupling": coupling_figure,
    "spectrum": spectrum_figure,
    "loss": loss_figure,
    "gallery": lambda record: gallery_figure({"one": record, "two": record}),
    "set": set_figure,
    "consensus": consensus_figure,
    "strip": strip_figure,
}
#: What Figs. 2 and 3 show at the same steps.
WALKS = [names.EIGENVECTORS_STEPS.key, names.ALGORITHM1_STEPS.key]
drawings = pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS.keys())
pages = pytest.mark.parametrize("draw", [solutions_figure, edge_figure])


@pytest.fixture(scope="module")
def record():
    return synthetic_record()


def shown(figure, pixels):
    """Return where an image is, in fractions of the figure from its lower left corner."""
    page = figure.axes[0]
    (image,) = (
        image for image in page.images if np.array_equal(image.get_array(), enlarged(pixels))
    )
    return image.get_window_extent().transformed(figure.transFigure.inverted())


def frame(figure, box):
    """Return the colour of the frame around an image."""
    (around,) = (
        patch
        for patch in figure.axes[0].patches
        if np.allclose(
            patch.get_window_extent().transformed(figure.transFigure.inverted()).extents,
            box.extents,
        )
    )
    return around.get_edgecolor()


def caption(figure, box):
    """Return the lines that stand right below an image, within its column."""
    line = 0.13 / figure.get_figheight()
    below = [
        text
        for text in figure.texts
        if abs(text.get_position()[0] - (box.x0 + box.x1) / 2) < 1e-6
        and 0 < box.y0 - text.get_position()[1] < 3 * line
    ]
    return [text.get_text() for text in sorted(below, key=lambda text: -text.get_position()[1])]


def on_page(record, draw):
    table = record.tables["solutions"]
    if draw is edge_figure:
        return table[table["method"] == names.ALGORITHM1.key]
    starts = table[table["method"] == names.PULSE.key].index[:4]
    walks = table.index[table["method"].isin(WALKS)]
    return table.loc[[*starts, *walks]]


@pages
def test_l2_and_lpips_of_every_solution_stand_under_its_image(record, draw):
    figure = draw(record)
    for index, row in on_page(record, draw).iterrows():
        first, second, *_ = caption(figure, shown(figure, record.arrays["solution_images"][index]))
        assert scientific(row["l2"]) in first
        assert second == f"LPIPS {row['lpips']:.3f}"


@pages
def test_feasible_solutions_and_no_others_have_a_check_and_a_green_frame(record, draw):
    figure = draw(record)
    table = on_page(record, draw)
    assert table["feasible"].nunique() == 2
    for index, feasible in table["feasible"].items():
        box = shown(figure, record.arrays["solution_images"][index])
        assert ("✓" in caption(figure, box)[0]) == feasible
        assert same_color(frame(figure, box), GREEN) == feasible
    assert any("feasible" in text.get_text() and "0.01" in text.get_text() for text in figure.texts)


@pages
def test_nothing_is_marked_that_the_generator_does_not_make(record, draw):
    verdict = {"inside": False, "reasons": ["nothing like it is drawn"], "scores": {}}
    figure = draw(replace(record, meta=record.meta | {"verdict": verdict}))
    assert not any(same_color(patch.get_edgecolor(), GREEN) for patch in figure.axes[0].patches)
    words = [text.get_text() for text in figure.texts]
    assert not any(word.endswith("✓") for word in words)
    assert any("nothing like it is drawn" in word for word in words)


def test_v_and_d_at_the_same_step_share_a_column_that_names_it(record):
    figure = solutions_figure(record)
    table = record.tables["solutions"]
    v, d = (table[table["method"] == method] for method in WALKS)
    for above, below, step in zip(v.index, d.index, v["step"]):
        upper, lower = (
            shown(figure, record.arrays["solution_images"][index]) for index in (above, below)
        )
        assert abs(upper.x0 - lower.x0) < 1e-6
        assert upper.y0 > lower.y0
        middle = (upper.x0 + upper.x1) / 2
        (label,) = (
            text.get_text()
            for text in figure.texts
            if abs(text.get_position()[0] - middle) < 1e-6 and "eta" in text.get_text()
        )
        assert f"{step:+g}" in label


@pages
def test_target_measurement_and_first_solution_are_shown(record, draw):
    figure = draw(record)
    assert caption(figure, shown(figure, record.arrays["target"])) == ["target"]
    measurement = shown(figure, record.arrays["measurement"])
    assert caption(figure, measurement) == ["measurement", "2 × 2"]
    assert "8.40e-4" in caption(figure, shown(figure, record.arrays["initial"]))[1]


@pages
def test_no_text_is_clipped_or_overlaps_another(record, draw):
    figure = draw(record)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.texts]
    whole = figure.bbox
    for box in boxes:
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1
        assert whole.y0 <= box.y0 < box.y1 <= whole.y1
    for one, other in itertools.combinations(boxes, 2):
        assert not one.padded(-0.5).overlaps(other)


def test_fig1_shows_each_recorded_correlation_at_its_eigenvector(record):
    figure = correlation_figure({"one": record}, K={"one": 12}, first=30)
    table = record.tables["correlation"]
    for axes, basis in zip(figure.axes, "UV"):
        for bars, kind in zip(axes.containers, "vd"):
            here = (table["kind"] == kind) & (table["basis"] == basis) & (table["number"] == 12)
            expected = table[here][:30]
            centres = [bar.get_x() + bar.get_width() / 2 for bar in bars]
            assert np.allclose(centres, expected["j"])
            assert np.allclose([bar.get_height() for bar in bars], expected["correlation"])


def test_fig1_takes_the_first_shown_K_of_each_problem_and_shades_the_top_k(record):
    figure = correlation_figure({"one": record, "two": record})
    labels = figure.axes[1].get_legend_handles_labels()[1]
    assert all("{8}" in label for label in labels)
    for axes in figure.axes[::2]:
        shade = axes.patches[-1].get_window_extent().transformed(axes.transData.inverted())
        assert shade.x1 == pytest.approx(20.5)


def test_the_gallery_shows_of_each_problem_what_looks_least_like_the_first_solution(record):
    page = gallery_figure({"one": record}, shown=2)
    table = record.tables["solutions"]
    edge = table[(table["method"] == names.ALGORITHM1.key) & table["feasible"]]
    assert len(edge) > 2
    best = edge.sort_values("lpips").index[:-3:-1]
    pictures = [image.get_array() for image in page.axes[0].images]
    for index, picture in zip(best, pictures[3:]):
        assert np.array_equal(picture, enlarged(record.arrays["solution_images"][index]))
    assert len(pictures) == 3 + 2


def test_coupling_is_all_of_the_magnitude_of_C_with_both_blocks_that_are_claimed_of(record):
    axes = coupling_figure(record).axes[0]
    assert np.array_equal(axes.images[0].get_array(), np.abs(record.arrays["C"]))
    assert [patch.get_bbox().extents.tolist() for patch in axes.patches] == [
        [0.5, 0.5, 10.5, 10.5],
        [50.5, 50.5, 60.5, 60.5],
    ]
    blocks = (slice(None, 10), slice(-10, None))
    for note, block in zip(axes.texts, blocks):
        assert f"{coupling_over_chance(record, block):.2f} × chance" in note.get_text()


def test_fig1_has_the_threshold_and_says_how_many_eigenvectors_it_shows(record):
    on_u, _ = correlation_figure({"one": record}, first=30).axes
    assert [line.get_ydata()[0] for line in on_u.lines if len(set(line.get_ydata())) == 1] == [0.05]
    assert on_u.get_ylabel() == "|correlation|"
    assert "the first 30 of 60" in on_u.get_xlabel()
    assert "all 60" in correlation_figure({"one": record}, first=99).axes[1].get_xlabel()


def test_where_solutions_end_is_said_once(record):
    table = record.tables["solutions"]
    mine = table.index[table["method"] == names.ALGORITHM1.key]
    changed = table.copy()
    changed.loc[mine, "l2"], changed.loc[mine, "step"] = 0.0099, 5.0
    changed.loc[mine[0], ["l2", "step"]] = 0.004, 6.0
    figure = edge_figure(replace(record, tables=record.tables | {"solutions": changed}))
    words = " ".join(text.get_text() for text in figure.texts)
    assert f"{len(mine) - 1} end at the one, 1 at the other" in words


def test_the_gallery_says_each_problem_s_own_threshold(record):
    other = replace(
        record, meta=record.meta | {"problem": record.meta["problem"] | {"threshold": 0.02}}
    )
    words = [text.get_text() for text in gallery_figure({"one": record, "two": other}).texts]
    assert sum("≤ 0.01" in word for word in words) == 1
    assert sum("≤ 0.02" in word for word in words) == 1


def test_spectra_say_what_share_their_top_holds(record):
    labels = spectrum_figure(record, top=20).axes[0].get_legend_handles_labels()[1]
    for label, name in zip(labels, ("Lambda", "Omega")):
        values = record.arrays[name]
        assert f"{values[:20].sum() / values.sum():.0%}" in label


def test_losses_have_a_line_for_each_start_and_the_threshold(record):
    ours, theirs = loss_figure(record).axes
    assert len(ours.lines) == 3 + 1 + 1
    assert len(theirs.lines) == 5 + 1
    for axes in (ours, theirs):
        assert set(axes.lines[-1].get_ydata()) == {0.01}
    assert list(ours.lines[3].get_xdata()) == [5, 6, 7, 8, 9]


@drawings
def test_figures_from_untrained_weights_are_stamped_and_others_are_not(draw):
    def texts(trained):
        return [text.get_text() for text in draw(synthetic_record(trained=trained)).texts]

    assert UNTRAINED in texts(trained=False)
    assert UNTRAINED not in texts(trained=True)


@drawings
def test_what_configuration_a_record_was_made_with_is_not_looked_at(record, draw):
    class Meta(dict):
        def __getitem__(self, name):
            assert name != "config"
            return super().__getitem__(name)

        def get(self, name, default=None):
            assert name != "config"
            return super().get(name, default)

    draw(replace(record, meta=Meta(record.meta)))


@drawings
def test_pdf_embeds_truetype_fonts_with_every_glyph(record, draw, tmp_path, caplog):
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING, "matplotlib"):
        warnings.simplefilter("error")
        save(draw(record), tmp_path / "figure")
    assert not caplog.records
    pdf = (tmp_path / "figure.pdf").read_bytes()
    assert pdf.count(b"/FontFile2") == pdf.count(b"/Type /FontDescriptor") > 0
    assert b"/Type3" not in pdf


def test_saving_gives_two_files_that_depend_on_the_record_alone(record, tmp_path):
    for name in ("once", "again"):
        assert save(spectrum_figure(record), tmp_path / name) == tmp_path / f"{name}.png"
    assert len(list(tmp_path.iterdir())) == 4
    for kind in ("png", "pdf"):
        once, again = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("once", "again"))
        assert once == again
        assert b"Date" not in once


def test_a_save_that_fails_leaves_nothing(record, tmp_path):
    figure = spectrum_figure(record)
    figure.text(0.5, 0.5, r"$\no such symbol$")
    with pytest.raises(ValueError, match="no"):
        save(figure, tmp_path / "figure")
    assert not list(tmp_path.iterdir())


def test_drawing_leaves_the_users_own_settings_alone(record, tmp_path):
    before = dict(matplotlib.rcParams)
    save(spectrum_figure(record), tmp_path / "figure")
    assert dict(matplotlib.rcParams) == before
