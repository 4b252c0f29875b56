"""The server of the page: what is asked is explored as by `eglass explore`, and walked along."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.websockets import WebSocketDisconnect

import eglass.app
from eglass.app.serving import listen
from eglass.errors import InputError
from eglass.records import Record
from eglass.workflows.exploration import Task
from eglass.workflows.networks import networks
from eglass.workflows.runs import run_name
from eglass.workflows.targets import explored
from experiments import app as page
from tests.app.conftest import HERE, TALK, Talk, asked
from tests.experiments.running import run_task


def test_it_says_what_may_be_chosen(talk):
    choices = talk.hello["choices"]
    assert choices["generator"] == ["dcgan", "eyes"]
    assert {"inpainting", "super_resolution", "tomography"} <= set(choices["problem"])
    assert {"repulsion", "algorithm1_sphere"} <= set(choices["explorer"])
    assert talk.hello["titles"]["super_resolution"] == "Super-resolution ×8"
    assert talk.hello["chosen"]["problem"] == "inpainting"


def test_an_exploration_tells_its_first_solution_then_all_and_leaves_a_record(talk, client):
    heard = talk.explore()
    order = ["started", "commands", "first", "solutions", "recorded", "done"]
    assert [kind for kind in heard if kind in order] == order
    first = heard["first"]
    assert (first["width"], first["height"], first["dim"]) == (64, 64, 100)
    assert first["solution"]["distance"] == 0
    assert len(heard["solutions"]["solutions"]) == 2
    record = Record.load(heard["recorded"]["place"])
    table = record.tables["solutions"]
    assert [each["l2"] for each in heard["solutions"]["solutions"]] == pytest.approx(table["l2"])
    assert heard["recorded"]["verdict"]["reasons"] == record.meta["verdict"]["reasons"]
    csv = client.get("/download/solutions.csv", headers=talk.headers)
    assert len(pd.read_csv(io.BytesIO(csv.content))) == 2
    for what, name in (("record.zip", "record/record.json"), ("pictures.zip", "/02.png")):
        data = client.get(f"/download/{what}", headers=talk.headers).content
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
        assert any(each.endswith(name) for each in names), names


def test_the_command_line_finds_the_same_in_the_same_place(talk):
    heard = talk.explore(problem="super_resolution", target={"kind": "sample", "seed": 1007})
    before = Record.load(heard["recorded"]["place"])
    typed = heard["commands"]["package"].removeprefix("eglass explore ")
    assert "generator=" not in typed
    found = []

    def again(cfg):
        target = explored(cfg, cfg.problem.name)
        place = Path(cfg.results) / run_name(cfg, target) / "record"
        nets = networks(cfg, [cfg.problem.name])[cfg.problem.name]
        found.append((place, Task(cfg, cfg.problem, target, nets, place).explore()))

    run_task(again, "explore", *typed.split(), "records=recompute")
    ((place, after),) = found
    assert str(place) == heard["recorded"]["place"]
    assert after.meta["config"] == before.meta["config"]
    latents = [record.arrays["solution_latents"] for record in (before, after)]
    assert latents[0] == pytest.approx(latents[1], abs=1e-6)
    assert heard["commands"]["clone"].startswith("make explore PROBLEM=super_resolution ARGS='")


def test_a_second_run_of_the_same_is_read_back(talk, monkeypatch):
    first = talk.explore()
    monkeypatch.setattr("eglass.workflows.exploration.Task.solve", lambda *_: 1 / 0)
    monkeypatch.setattr("eglass.workflows.exploration.Task.begin", lambda *_: 1 / 0)
    again = talk.explore(2)
    assert "done" in again
    assert again["solutions"]["solutions"] == first["solutions"]["solutions"]


@pytest.mark.parametrize("kind", ["d", "v", "u"])
def test_a_step_is_what_the_library_finds_there(talk, kind):
    talk.explore()
    along = {"kind": kind, "number": 9, "k": 20, "path": "straight"}
    near, pixels = talk.step(0.5, **along)
    far, _ = talk.step(6, **along)
    rest, _ = talk.step(0, **along)
    assert len(pixels) == 64 * 64 * 4
    # Near z0 ℓ2 may fall along d, as z0 need not be where it is least; what is seen cannot.
    assert rest["distance"] == 0 < near["distance"] < far["distance"]
    assert rest["l2"] < far["l2"]
    assert (near["eta"], near["kind"], near["number"]) == (0.5, kind, 1)


def test_both_edges_of_a_direction_are_feasible_steps(talk):
    talk.explore()
    along = {"kind": "d", "number": 8, "k": 20, "path": "sphere"}
    talk.say(type="edges", number=3, along=along)
    (ends,) = talk.hear("edges")
    assert ends["low"] < 0 < ends["high"]
    assert talk.step(ends["high"], **along)[0]["feasible"]
    assert talk.step(ends["low"], **along)[0]["feasible"]


def test_a_cell_of_c_shows_what_both_directions_do(talk):
    heard = talk.explore()
    talk.say(type="pair", number=4, i=2, j=5, step=3)
    (pair,) = talk.hear("pair")
    C = Record.load(heard["recorded"]["place"]).arrays["C"]
    assert pair["c"] == pytest.approx(C[1, 4], abs=1e-5)
    assert [each["step"] for each in pair["u"] + pair["v"]] == [-3, 3, -3, 3]


def upload(client, talk, path: Path, name: str | None = None):
    headers = talk.headers | {"X-Name": name or path.name}
    return client.post("/uploads", content=path.read_bytes(), headers=headers)


def test_a_photograph_is_framed_explored_and_named_as_its_owner_does(client, talk, photograph):
    token = upload(client, talk, photograph).json()["upload"]
    target = {"kind": "upload", "upload": token}
    found = client.post("/frame", json=asked(target=target), headers=talk.headers).json()
    assert found["by"] == "face"
    heard = talk.explore(problem="super_resolution", target=target | {"crop": found["crop"]})
    assert "first" in heard, heard
    assert heard["first"]["name"] == "me-you"
    assert 'target.path="me & you.png"' in heard["commands"]["package"]
    assert "eglass-app-" not in heard["commands"]["package"]


def test_a_painted_mask_is_what_is_deleted(client, talk, tmp_path):
    mask = np.zeros((64, 64), np.uint8)
    mask[10:30, 20:50] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    token = upload(client, talk, tmp_path / "mask.png").json()["upload"]
    heard = talk.explore(mask=token)
    measured = Record.load(heard["recorded"]["place"]).arrays["measured"]
    assert (measured == (mask == 0)).all()
    assert "problem.physics.box=null" in heard["commands"]["package"]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"problem": "../secret"}, "problem is ../secret: expected one of"),
        ({"generator": "biggan"}, "generator is biggan: expected one of dcgan, eyes"),
        ({"target": {"kind": "picture", "picture": "/etc/passwd"}}, "target is /etc/passwd"),
        ({"target": {"kind": "sample", "path": "/etc/passwd"}}, "there is no setting"),
        ({"weights": "mine.pt"}, "there is no setting Asked.weights"),
        ({"count": 1}, "count is 1: expected a whole number from 2 to 100"),
        ({"strict": -1}, "strict is -1"),
        ({"target": {"kind": "upload", "upload": "guessed"}}, "is not here any more"),
        ({"problem": "tomography"}, "error"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line_and_the_page_goes_on(talk, settings, complaint):
    heard = talk.explore(**settings)
    line = heard["failed"]["line"]
    assert complaint in line or complaint == "error"
    assert "\n" not in line
    assert "see its terminal" not in line
    assert "done" in talk.explore(2)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "step", "along": {"kind": "d", "number": 999}, "eta": 1},
        {"type": "step", "along": {"kind": "w"}, "eta": 1},
        {"type": "step", "along": {}, "eta": 99},
        {"type": "step", "along": {}, "eta": "far"},
        {"type": "pair", "i": 0, "j": 1, "step": 3},
        {"type": "leap"},
        {"kind": "step"},
    ],
)
def test_a_wrong_message_is_refused_and_the_next_one_answered(talk, message):
    talk.explore()
    talk.say(**message)
    (refused,) = talk.hear("refused")
    assert "see its terminal" not in refused["line"]
    assert talk.step(1, kind="d", number=8)[0]["feasible"] in (True, False)


def test_a_file_that_is_no_image_and_one_that_is_too_large_are_refused(client, talk, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"not an image at all")
    token = upload(client, talk, bad).json()["upload"]
    target = {"kind": "upload", "upload": token}
    found = client.post("/frame", json=asked(target=target), headers=talk.headers)
    assert found.status_code == 400
    assert "is not an image" in found.json()["line"]
    assert found.json()["line"].startswith("bad.png is not an image")
    bad.write_bytes(b"0" * 1_000_001)
    refused = upload(client, talk, bad)
    assert refused.status_code == 400
    assert "larger than 1 MB" in refused.json()["line"]


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:9999", "null"])
def test_other_origins_are_refused(client, origin):
    headers = {"Origin": origin}
    assert client.get("/", headers=headers).status_code == 403
    assert client.post("/uploads", content=b"x", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(TALK, headers=headers):
        pass


def test_a_name_that_is_not_this_machine_s_is_refused(client):
    assert client.get("/", headers={"Host": "rebound.example"}).status_code == 403
    assert client.get("/", headers={"Origin": HERE}).status_code == 200


def test_nobody_uploads_or_downloads_who_has_not_the_page_open(client):
    for made in (client.post("/uploads", content=b"x"), client.get("/download/record.zip")):
        assert made.status_code == 400
        assert "load it again" in made.json()["line"]


def test_the_page_may_load_nothing_from_elsewhere(client):
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    folder = Path(eglass.app.__file__).parent / "page"
    for path in folder.glob("*"):
        assert "://" not in path.read_text(), path
        if path.suffix in (".js", ".css"):
            assert client.get(f"/page/{path.name}").status_code == 200
    for outside in ("/page/../serving.py", "/page/%2e%2e/serving.py"):
        assert client.get(outside).status_code == 404


def test_uploads_are_the_owner_s_alone_and_go_with_him(client, server, photograph):
    with client.websocket_connect(TALK) as socket:
        talk = Talk(socket)
        upload(client, talk, photograph)
        folder = server._uploads.folder
        (file,) = folder.glob("*/*")
        for place, mode in ((folder, 0o700), (file.parent, 0o700), (file, 0o600)):
            assert place.stat().st_mode & 0o777 == mode
    # Patience is over at once here.
    assert client.get("/").status_code == 200
    for _ in range(100):
        if not list(folder.glob("*")):
            break
        client.get("/")
    assert list(folder.glob("*")) == []


def test_of_many_targets_few_starting_points_and_generators_are_kept(client, server, monkeypatch):
    laboratory = server._laboratory
    with client.websocket_connect(TALK) as socket:
        talk = Talk(socket)
        for seed in range(1000, 1004):
            talk.explore(seed, target={"kind": "sample", "seed": seed})
    assert len(laboratory._starts) == 2
    assert len(laboratory._networks) <= 2


def test_without_the_extra_the_command_says_what_to_install(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("experiments.app.NEEDED", ("starlette", "not_there"))
    with pytest.raises(SystemExit):
        run_task(page.main, "app", f"results={tmp_path}")
    line = "error: the page needs not_there, not installed: pip install 'eglass[app]'\n"
    assert capsys.readouterr().err == line


def test_what_the_page_begins_with_is_refused_before_it_is_served(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    with pytest.raises(SystemExit) as ended:
        run_task(
            page.main,
            "app",
            "generator=phantoms",
            "problem=tomography",
            "app.port=0",
            f"results={tmp_path}",
        )
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert "train a generator first" in told.err
    assert "page:" not in told.out


def test_a_port_that_is_taken_is_refused_in_one_line():
    taken = listen("127.0.0.1", 0)
    taken.listen()
    port = taken.getsockname()[1]
    with pytest.raises(InputError, match=f"cannot be served at 127.0.0.1:{port} .*app.port"):
        listen("127.0.0.1", port)
    taken.close()
