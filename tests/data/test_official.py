"""Data as publishers hand it out: found, checked by fingerprint, split as published."""

from __future__ import annotations

import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from etude.data import SPLITS, Collection, official, pack, shared_by_sides
from etude.data.archives import file_sha256, unpack
from etude.data.official import OFFICIAL, locate
from etude.encodings.letters import Letters
from etude.errors import BadInput, Reason
from etude.formats import write
from etude.lab.material import Material
from etude.lab.recipe import DataConfig

from .conftest import melody

AUGMENTED = "inputMelodiesAugmented.txt"


def inside(benchmark_data: Path, name: str) -> Path:
    """The unpacked benchmark archive; the test skips where it is missing."""
    path = benchmark_data / f"{name}.tar.xz"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return unpack(path)


@pytest.mark.parametrize(("name", "file"), [("irish-abc", "irish.abc"), ("seed-melodies", AUGMENTED)])
def test_the_official_file_alone_gives_the_published_split(
    benchmark_data: Path, tmp_path: Path, name: str, file: str
) -> None:
    (tmp_path / file).write_bytes((inside(benchmark_data, name) / file).read_bytes())
    published = Collection.open(locate(name, benchmark_data))
    for where in (tmp_path, tmp_path / file):
        found = Collection.open(locate(name, where))
        assert found.content == published.content
        assert found.split_record()["pieces"] == published.split_record()["pieces"]
        assert (found.licence, found.may_ship) == (published.licence, published.may_ship)


def test_a_renamed_official_file_is_known_by_its_bytes(benchmark_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "tunes.abc"
    path.write_bytes((inside(benchmark_data, "irish-abc") / "irish.abc").read_bytes())
    assert [len(Collection.open(path).pieces(split)) for split in SPLITS] == [633, 87, 82]
    path.write_bytes(path.read_bytes() + b"\n")
    assert [len(Collection.open(path).pieces(split)) for split in SPLITS] != [633, 87, 82]


def test_the_augmented_letters_have_every_symbol_and_song_sides(benchmark_data: Path) -> None:
    inside(benchmark_data, "seed-melodies")
    found = Collection.open(locate(f"seed-melodies/{AUGMENTED}", benchmark_data))
    assert [len(found.pieces(split)) for split in SPLITS] == [5 * 287, 5 * 42, 5 * 36]
    assert shared_by_sides(found)["valid in train"]["copies"] == 0
    steps = [len(pack(found, Letters(), split).steps) for split in SPLITS]
    assert sum(steps) - 2 * 1825 == 708_330  # without begin and end


def test_the_file_order_of_the_augmented_letters_leaks_every_song(benchmark_data: Path) -> None:
    inside(benchmark_data, "seed-melodies")
    path = locate(f"seed-melodies/{AUGMENTED}", benchmark_data)
    material = Material.of(DataConfig(str(path), split="in-order:0.9"), Letters())
    shared = material.record()["shared"]["valid in train"]
    assert shared["pieces"] == shared["copies"] == 149
    # an end step stands for the original's line end; its border cuts song 216, ours lies before it
    characters = [len(side.steps) - len(side) for side in (material.train, material.valid)]
    assert sum(characters) == 710_155
    assert abs(characters[0] - 639_139) < 400


def performances(folder: Path) -> None:
    """Four performances and their table, laid out like MAESTRO."""
    rows = ["canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration"]
    for number, split in enumerate(("train", "train", "validation", "test")):
        (folder / "2018").mkdir(parents=True, exist_ok=True)
        write(melody(number), folder / "2018" / f"{number}.mid")
        (folder / "2018" / f"{number}.mid").rename(folder / "2018" / f"{number}.midi")
        rows.append(f'Composer {number},"Sonata, in parts",{split},2018,2018/{number}.midi,x.wav,1.0')
    (folder / "maestro-v2.0.0.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def maestro(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small MAESTRO, whose table is the one that counts as published."""
    folder = tmp_path / "download" / "maestro-v2.0.0"
    performances(folder)
    table = file_sha256(folder / "maestro-v2.0.0.csv")
    monkeypatch.setitem(OFFICIAL, "maestro-v2", replace(OFFICIAL["maestro-v2"], sha256=table))
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_maestro_is_read_from_a_folder_or_a_zip_with_composer_and_title(maestro: Path, packed: bool) -> None:
    download = maestro.parent
    if packed:
        archive = download.parent / "zipped" / "maestro-v2.0.0-midi.zip"
        archive.parent.mkdir()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            for path in sorted(maestro.rglob("*")):
                out.write(path, path.relative_to(download))
        places = [archive, archive.parent]
    else:
        places = [maestro, download]
    for place in places:
        found = Collection.open(locate("maestro-v2", place))
        assert [len(found.pieces(split)) for split in SPLITS] == [2, 1, 1]
        piece = found.pieces("valid")[0]
        assert (piece.composer, piece.title) == ("Composer 2", "Sonata, in parts")
        meta = piece.score.meta
        assert (meta.composer, meta.title, meta.extra) == ("Composer 2", "Sonata, in parts", (("year", "2018"),))
        assert found.licence == "CC BY-NC-SA 4.0"


def test_a_part_of_maestro_is_refused(maestro: Path) -> None:
    (maestro / "2018" / "2.midi").unlink()
    with pytest.raises(BadInput, match=r"lacks 1 of the 4 performances.*'2018/2\.midi'"):
        locate("maestro-v2", maestro)


@pytest.mark.parametrize("name", sorted(OFFICIAL))
def test_what_is_missing_is_named_with_its_source_and_licence(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput) as caught:
        locate(name, tmp_path)
    for words in (OFFICIAL[name].file, OFFICIAL[name].where, OFFICIAL[name].licence, str(tmp_path)):
        assert words in str(caught.value)
    assert caught.value.reason == Reason.UNREADABLE


@pytest.mark.parametrize("name", sorted(OFFICIAL))
def test_another_file_is_refused_with_both_fingerprints(tmp_path: Path, name: str) -> None:
    path = tmp_path / OFFICIAL[name].file
    path.write_text("something else\n")
    for where in (tmp_path, path):
        with pytest.raises(BadInput) as caught:
            locate(name, where)
        assert file_sha256(path) in str(caught.value)
        assert OFFICIAL[name].sha256 in str(caught.value)


def test_archives_of_other_data_are_found_by_name(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "mine.tar.xz", "w:xz"):
        pass
    assert locate("mine", tmp_path) == tmp_path / "mine.tar.xz"
    assert locate("mine/part", tmp_path) == tmp_path / "mine.tar.xz" / "part"
    with pytest.raises(BadInput, match="holds no archive yours"):
        locate("yours", tmp_path)


def test_the_published_tables_are_those_of_the_benchmarks(benchmark_data: Path) -> None:
    sample = inside(benchmark_data, "maestro-v2-midi-sample")
    assert file_sha256(sample / official.MAESTRO_TABLE) == official.MAESTRO_SHA256
    with pytest.raises(BadInput, match="lacks 1236 of the 1282 performances"):
        locate("maestro-v2", sample)


def test_the_page_names_every_distribution() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "data.md").read_text("utf-8")
    for one in OFFICIAL.values():
        assert one.file in page
        assert one.sha256[:8] in page
