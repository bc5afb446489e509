"""The bundled world is the default world, byte for byte, and small; a stream is the same whatever its block."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from personakit.data import load_world
from personakit.errors import PersonakitError
from personakit.world import World, read_world, stream, write_world
from personakit.world.bundle import BEGIN, END
from personakit.world.facts import card_markdown

DATASETS = Path(__file__).parents[2] / "datasets"


def _hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_the_bundled_world_is_written_again_byte_for_byte(world, tmp_path):
    write_world(world, tmp_path / "larkspur")
    assert _hashes(tmp_path / "larkspur") == _hashes(DATASETS / "larkspur")


def test_the_bundle_is_small():
    assert sum(path.stat().st_size for path in DATASETS.rglob("*") if path.is_file()) < 12e6


def test_the_data_card_shows_the_figures_of_the_bundled_world():
    page = (DATASETS / "README.md").read_text(encoding="utf-8")
    assert page.split(BEGIN)[1].split(END)[0].strip() == card_markdown(load_world()).strip()


def test_the_bundled_world_answers_like_the_simulated_one(world):
    bundled = load_world()
    for name in world.tables:
        assert_frame_equal(bundled.tables[name], world.tables[name])
    actions = {"channel": "email", "theme": "value", "discount": 0.1}
    assert_frame_equal(bundled.expected([1, 5, 9], actions), world.expected([1, 5, 9], actions))
    assert_frame_equal(bundled.respond(None, actions), world.respond(None, actions))
    assert np.array_equal(np.asarray(bundled.picture(7)), np.asarray(world.picture(7)))
    assert bundled.picture(7, size=200).size == (200, 200)


def test_a_folder_without_a_world_or_of_another_version_is_refused(tmp_path):
    with pytest.raises(PersonakitError, match=r"There is no world in .* Write one with: make datasets"):
        read_world(tmp_path)
    (tmp_path / "world.json").write_text('{"format": 0}')
    with pytest.raises(PersonakitError, match="was written by another version"):
        read_world(tmp_path)


def test_an_unknown_table_is_named_beside_those_that_exist(world):
    with pytest.raises(PersonakitError, match=r"There is no table 'weather'\. There are: customers"):
        world.truth["weather"]


def test_streamed_bytes_do_not_depend_on_block_size_or_processes(tmp_path, monkeypatch):
    monkeypatch.setattr("personakit.world.streaming.ROW_GROUP", 5_000)
    monkeypatch.setattr("personakit.world.streaming.PART", 300)  # three files a table, the last one short
    small = World(n_customers=700, n_products=60, n_days=120)
    folders = [stream(small, tmp_path / str(size), block_size=size, progress=False) for size in (37, 250, 10_000)]
    assert _hashes(folders[0]) == _hashes(folders[1]) == _hashes(folders[2])


def test_a_stream_holds_the_same_rows_as_the_tables(tmp_path):
    import pyarrow.parquet as pq

    small = World(n_customers=300, n_products=60, n_days=120)
    folder = stream(small, tmp_path / "world", block_size=90, n_jobs=2, progress=False)
    for name in (
        "customers",
        "sessions",
        "interactions",
        "order_lines",
        "contacts",
        "consents",
        "identities",
        "prices",
    ):
        streamed = pq.read_table(folder / name).to_pandas()
        assert_frame_equal(streamed, small.tables[name].reset_index(drop=True))


def test_a_stream_never_writes_over_a_file(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(PersonakitError, match=r"is not empty\. Give a new folder"):
        stream(World(10, 60, n_days=28), tmp_path)
    with pytest.raises(PersonakitError, match="block_size is 0"):
        stream(World(10, 60, n_days=28), tmp_path / "new", block_size=0)
