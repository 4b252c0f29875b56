"""What goes to Weights & Biases, from records that are already on disk.

A tracker that fails can therefore lose no result, and a record can be logged again, later or
elsewhere. Where a server fails it goes on offline, and where the disk is full it ends. In the
folder that a tracker is given:

    wandb/offline-run-<time>-<id>/   one run, complete in itself; `wandb sync` uploads it
    wandb/run-<time>-<id>/           the same, of a run that was logged online
    wandb/logged/<mode>/<id>         says that this run is there whole, and need not be logged again
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import psutil

from eglass.errors import InputError
from eglass.files import is_full
from eglass.records import Record, fingerprint
from eglass.reporting.logged import log_record, log_summary, log_training

if TYPE_CHECKING:
    import wandb

#: How often a server that does not answer is asked again.
RETRIES = 3
#: Seconds that a run may take to upload, once it has its place; then it is logged offline instead.
UPLOAD = 60.0


class Tracker:
    """Logs experiments as W&B runs, each one once.

    A run's id follows from what is logged, so the same record is not logged twice. Where the
    server cannot be used, the tracker says so in one line and goes on offline.

    Args:
        directory: where `wandb/` with its runs is kept.
        group: shown together by W&B, such as a profile's or a sweep's name.
        mode: offline, online or disabled.
        project: W&B's project.
        entity: W&B's user or team; None for the default of whoever is logged in.
        patience: seconds to wait for the server's answer before going on offline.

    Raises:
        InputError: there is no such mode.
    """

    def __init__(
        self,
        directory: Path | str,
        group: str,
        mode: str = "offline",
        project: str = "eglass",
        entity: str | None = None,
        patience: float = 10.0,
    ):
        if mode not in ("offline", "online", "disabled"):
            raise InputError(f"tracking mode is {mode!r}: expected offline, online or disabled")
        # Absolute, so that the runs can be uploaded from anywhere.
        self.directory = Path(directory).absolute()
        self.group = group
        self.mode = mode
        self.project = project
        self.entity = entity
        self.patience = patience

    def log_record(self, record: Record, name: str) -> None:
        """Log what an experiment found: configuration, C, solutions, losses, and the record itself.

        Args:
            name: what W&B calls the run, such as `inpainting/photograph`.
        """
        self._log(
            lambda run: log_record(run, record, name),
            content=record.meta.get("inputs"),
            config=record.meta["config"],
            name=name,
            job_type=record.meta["problem"]["name"],
        )

    def log_job(self, record: Record, name: str) -> None:
        """Log the settings of a sweep's job, and its numbers."""
        self._log(
            lambda run: run.log(record.meta["summary"]),
            content=record.meta.get("inputs"),
            config=record.meta["settings"],
            name=name,
            job_type="sweep",
        )

    def log_training(self, record: Record, name: str) -> None:
        """Log how a generator was trained: losses and images as they went, and what came out."""
        self._log(
            lambda run: log_training(run, record),
            config=record.meta["config"],
            name=name,
            job_type="training",
        )

    def log_summary(
        self,
        name: str,
        tables: Mapping[str, pd.DataFrame],
        figures: Mapping[str, Path],
        config: Mapping[str, Any],
    ) -> None:
        """Log what all experiments found together.

        Args:
            figures: PNG files.
            config: of the whole, as JSON data.
        """
        self._log(
            lambda run: log_summary(run, tables, figures),
            content={title: table.to_csv() for title, table in tables.items()},
            config=config,
            name=name,
            job_type="report",
        )

    def _log(
        self,
        fill: Callable[[wandb.Run], None],
        config: Mapping[str, Any],
        content: Mapping[str, str] | None = None,
        **labels: str,
    ) -> None:
        place = [self.project, self.entity, self.group]
        run_id = fingerprint({"config": config, "content": content, "in": place} | labels)
        if "WANDB_SWEEP_ID" in os.environ:
            # The agent of a W&B sweep has named the run that it waits for.
            run_id = os.environ["WANDB_RUN_ID"]
        if self.mode == "disabled" or self._is_logged(run_id):
            return
        run = {"id": run_id, "config": dict(config), **labels}
        if self.mode == "online":
            try:
                self._upload(fill, **run)
            except Exception as error:
                self._go_offline(error, run_id)
        try:
            if self.mode == "offline":
                self._run(fill, **run)
            marker = self._marker(self.mode, run_id)
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.write_text(f"{labels['name']}\n")
        except Exception as error:
            if not is_full(error):
                raise
            self.mode = "disabled"
            message = f"W&B: no room in {self.directory}: nothing more is logged; results are kept"
            print(message, file=sys.stderr)

    def _upload(self, fill: Callable[[wandb.Run], None], **identity: Any) -> None:
        """Log a run online; but whatever W&B waits for, no longer than it may take.

        Raises:
            Exception: of W&B; it took too long.
        """
        failed: list[BaseException] = []

        def attempt() -> None:
            try:
                self._run(fill, **identity)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        thread.join(self.patience + UPLOAD)
        if thread.is_alive():
            # Without its service it has nothing to wait for.
            _end_service()
            thread.join(self.patience)
            raise TimeoutError(f"no end of the upload within {UPLOAD:g} s")
        if failed:
            raise failed[0]

    def _run(self, fill: Callable[[wandb.Run], None], **identity: Any) -> None:
        # W&B would report to its makers, and complain where it cannot.
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        # Slow to import, and not needed where tracking is disabled.
        import wandb

        self.directory.mkdir(parents=True, exist_ok=True)
        # Its own log, on a full disk, would end in a traceback for every line.
        logging.getLogger("wandb").propagate = False
        logging.raiseExceptions = False
        # Before all else: W&B would greet, and ask for an API key, on the terminal.
        wandb.setup(wandb.Settings(silent=True))
        run = wandb.init(
            dir=self.directory,
            mode="online" if self.mode == "online" else "offline",
            project=self.project,
            entity=self.entity,
            group=self.group,
            # The caller may have a run open.
            reinit="create_new",
            settings=wandb.Settings(
                silent=True,
                console="off",
                init_timeout=self.patience,
                x_graphql_timeout_seconds=self.patience,
                x_graphql_retry_max=RETRIES,
                x_file_stream_retry_max=RETRIES,
                x_file_transfer_retry_max=RETRIES,
                finish_timeout=UPLOAD,
                finish_timeout_raises=True,
                use_dot_wandb=False,
                # Processes that log into one folder would fight over the links.
                symlink=False,
                # The record says which code, versions and machine it comes from.
                disable_git=True,
                save_code=False,
                x_disable_stats=True,
                x_disable_meta=True,
                x_save_requirements=False,
            ),
            **identity,
        )
        folder = Path(run.dir).parent
        try:
            with _staging(folder / "staging"):
                fill(run)
            run.finish()
            # What writes it says nothing of a full disk.
            if not shutil.disk_usage(folder).free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except BaseException:
            with suppress(Exception):
                run.finish(exit_code=1)
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _go_offline(self, error: Exception, run_id: str) -> None:
        import wandb

        self.mode = "offline"
        runs = os.path.relpath(self.directory / "wandb" / "offline-run-*")
        reason = str(error).partition("\n")[0]
        message = f"W&B: going on offline, to be uploaded by `wandb sync {runs}` ({reason})"
        print(message, file=sys.stderr)
        # W&B still holds the failed run, and with it the id.
        _end_service()
        with suppress(Exception):
            wandb.teardown()
        for leftover in (self.directory / "wandb").glob(f"run-*-{run_id}"):
            shutil.rmtree(leftover, ignore_errors=True)

    def _is_logged(self, run_id: str) -> bool:
        # What was logged offline may be asked for online, but not the other way round.
        return any(self._marker(mode, run_id).exists() for mode in {"online", self.mode})

    def _marker(self, mode: str, run_id: str) -> Path:
        return self.directory / "wandb" / "logged" / mode / run_id


def _end_service() -> None:
    """End the process of W&B that this one has started, which may be waiting for a server."""
    for process in psutil.Process().children():
        with suppress(psutil.Error):
            if "wandb-core" in process.name():
                process.kill()
                process.wait(5)


@contextmanager
def _staging(folder: Path) -> Iterator[None]:
    """Keep what W&B is still to upload beside the run, not in the home directory."""
    before = os.environ.get("WANDB_DATA_DIR")
    os.environ["WANDB_DATA_DIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["WANDB_DATA_DIR"]
        else:
            os.environ["WANDB_DATA_DIR"] = before
