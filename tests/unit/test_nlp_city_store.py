"""Versions of the city's model: written whole, signed, swapped while threads read, noticed by other processes."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from nlp import city_files, city_store, default_analyzer
from nlp.analyzer import Analyzer
from nlp.city import CityModel, Delta, Gate, reach_of
from nlp.features import count_features
from nlp.linear import ModelError
from nlp.stopwords import topic_words
from nlp.types import REQUEST_TYPES

ROOT = Path(__file__).parents[2]
TEXT = "小区门口的路灯坏了一个星期"


def _teaching(kind: str) -> CityModel:
    """A model that calls everything about street lamps `kind`."""
    analyzer = default_analyzer()
    ids = np.sort(count_features(["路灯"]).ids)
    weights = np.zeros((len(ids), 5), dtype=np.float32)
    weights[:, REQUEST_TYPES.index(kind)] = 60.0  # type: ignore[arg-type]
    gate = Gate(
        np.sort(count_features(topic_words(["路灯", "坏"])).ids[:0]), np.zeros(0, np.float32), 10, -9.0
    )
    delta = Delta(
        ids, weights, np.zeros(5, np.float32), np.zeros((5, 5), np.float32), gate, 1.0, REQUEST_TYPES,
        reach_of(REQUEST_TYPES, REQUEST_TYPES),
    )  # fmt: skip
    return CityModel({"request_type": delta}, {"base": analyzer.base_id})


def _serve(folder: Path, kind: str) -> str:
    analyzer = default_analyzer()
    name = city_store.store(folder, _teaching(kind), "# {version}\n")
    city_store.put_into_service(folder, name, analyzer.base_id, analyzer.forum_labels)
    return name


def _reader(folder: Path) -> Analyzer:
    analyzer = default_analyzer().with_city(folder)
    assert analyzer.city is not None
    analyzer.city.check_s = 0.0
    return analyzer


def test_a_running_reader_follows_the_pointer(tmp_path: Path) -> None:
    reader, plain = _reader(tmp_path), default_analyzer().analyze(TEXT)
    assert reader.analyze(TEXT) == plain
    assert _serve(tmp_path, "praise") == "city-0001"
    answer = reader.analyze(TEXT)
    assert answer.request_type == "praise"
    assert answer.model == f"{plain.model} city-0001"
    assert _serve(tmp_path, "inquiry") == "city-0002"
    assert reader.analyze(TEXT).request_type == "inquiry"
    analyzer = default_analyzer()
    city_store.put_into_service(tmp_path, "city-0001", analyzer.base_id, analyzer.forum_labels)
    assert reader.analyze(TEXT).request_type == "praise"
    city_store.put_into_service(tmp_path, city_store.BASE, analyzer.base_id, analyzer.forum_labels)
    assert reader.analyze(TEXT) == plain


def test_the_check_is_not_made_for_every_message(tmp_path: Path) -> None:
    reader = _reader(tmp_path)
    assert reader.city is not None
    reader.city.check_s = 3600.0
    reader.analyze(TEXT)
    _serve(tmp_path, "praise")
    assert reader.analyze(TEXT).request_type != "praise"
    reader.city.refresh()
    assert reader.analyze(TEXT).request_type == "praise"


def test_a_damaged_version_leaves_the_one_before_in_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = _reader(tmp_path)
    _serve(tmp_path, "praise")
    assert reader.analyze(TEXT).request_type == "praise"
    name = city_store.store(tmp_path, _teaching("inquiry"), "")
    path = tmp_path / name / "model.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    analyzer = default_analyzer()
    with pytest.raises(ModelError, match="checksum"):
        city_store.put_into_service(tmp_path, name, analyzer.base_id, analyzer.forum_labels)
    # Even where somebody moves the pointer by hand.
    (tmp_path / "current").write_text(name)
    with caplog.at_level(logging.WARNING):
        assert reader.analyze(TEXT).request_type == "praise"
    assert "checksum" in caplog.text
    assert reader.city is not None
    assert "checksum" in reader.city.problem
    listed = {
        v.name: v.problem for v in city_store.versions(tmp_path, analyzer.base_id, analyzer.forum_labels)
    }
    assert listed["city-0001"] == ""
    assert "checksum" in listed[name]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "model.json").unlink(), "cannot be read"),
        (lambda folder: (folder / "model.npz").unlink(), "cannot be read"),
        (lambda folder: (folder / "model.json").write_text("{}"), "format"),
        (lambda folder: (folder / "model.json").write_text("[1]"), "format"),
    ],
)
def test_incomplete_versions_are_refused(tmp_path: Path, spoil: object, says: str) -> None:
    name = _serve(tmp_path, "praise")
    spoil(tmp_path / name)  # type: ignore[operator]
    with pytest.raises(ModelError, match=says):
        city_files.load(tmp_path / name, default_analyzer().forum_labels)
    assert _reader(tmp_path).analyze(TEXT) == default_analyzer().analyze(TEXT)


def test_a_version_made_for_other_shipped_models_is_refused(tmp_path: Path) -> None:
    analyzer = default_analyzer()
    name = _serve(tmp_path, "praise")
    with pytest.raises(ModelError, match="other shipped models"):
        city_store.load(tmp_path, name, "0123456789abcdef", analyzer.forum_labels)


@pytest.mark.parametrize("name", ["city-0009", "../secrets", "city-1", "", "base/.."])
def test_unknown_names_are_refused(tmp_path: Path, name: str) -> None:
    analyzer = default_analyzer()
    _serve(tmp_path, "praise")
    with pytest.raises(ModelError, match="no version"):
        city_store.put_into_service(tmp_path, name, analyzer.base_id, analyzer.forum_labels)
    assert city_store.current_name(tmp_path) == "city-0001"


def test_files_are_signed_plain_numbers_and_nothing_half_written_stays(tmp_path: Path) -> None:
    name = _serve(tmp_path, "praise")
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, "current"]
    assert sorted(path.name for path in (tmp_path / name).iterdir()) == ["card.md", "model.json", "model.npz"]
    header = json.loads((tmp_path / name / "model.json").read_text(encoding="utf-8"))
    assert header["version"] == name
    assert len(header["sha256"]) == 64
    with np.load(tmp_path / name / "model.npz", allow_pickle=False) as arrays:
        assert {arrays[key].dtype.kind for key in arrays.files} == {"u", "f"}
    model = city_files.load(tmp_path / name, default_analyzer().forum_labels)
    assert city_files.to_bytes(model) == (tmp_path / name / "model.npz").read_bytes()


def test_two_writers_get_two_numbers(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(city_store.store(tmp_path, _teaching("praise"), "")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["city-0001", "city-0002", "city-0003", "city-0004"]


def test_threads_read_while_versions_change(tmp_path: Path) -> None:
    """Every answer is that of one whole version: the type fits the version that it names."""
    reader = _reader(tmp_path)
    _serve(tmp_path, "praise")
    wrong: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            answer = reader.analyze(TEXT)
            number = int(answer.model.rpartition("-")[2]) if " city-" in answer.model else 1
            kind = "praise" if number % 2 else "inquiry"
            if answer.request_type != kind and " city-" in answer.model:
                wrong.append(answer.model)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(2, 8):
        _serve(tmp_path, "praise" if number % 2 else "inquiry")
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_another_process_notices_by_itself(tmp_path: Path) -> None:
    """A process that has been reading for a while answers by the new version, without a restart."""
    program = (
        "import sys; from pathlib import Path; from nlp import default_analyzer\n"
        "a = default_analyzer().with_city(Path(sys.argv[1])); a.city.check_s = 0.0\n"
        "for line in sys.stdin: print(a.analyze(line.strip()).request_type, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout

        def ask() -> str:
            assert process.stdin
            assert process.stdout
            process.stdin.write(TEXT + "\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        assert ask() == default_analyzer().analyze(TEXT).request_type
        _serve(tmp_path, "praise")
        assert ask() == "praise"
        _serve(tmp_path, "inquiry")
        assert ask() == "inquiry"
        process.stdin.close()
        assert process.wait(timeout=120) == 0


def test_the_command_line_asks_the_city_too(tmp_path: Path) -> None:
    _serve(tmp_path, "praise")
    done = subprocess.run(
        [sys.executable, "-m", "nlp", "analyze", "--city", str(tmp_path)], input=TEXT.encode(), capture_output=True,
        cwd=ROOT, check=True,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert (answer["request_type"], answer["model"].rpartition(" ")[2]) == ("praise", "city-0001")
