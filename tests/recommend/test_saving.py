"""A saved recommender is the same when it is loaded, and a file cannot make the reader run anything."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import pickle
import uuid
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from personakit.errors import DataError, NotFittedError, ParameterError, UnknownNameError
from personakit.recommend import (
    EASE,
    ContentRecommender,
    ItemKNN,
    Popular,
    SurpriseRecommender,
    WeightedHybrid,
)
from personakit.recommend.protocol import Reason, Recommender
from personakit.recommend.saving import load_model, save_model
from tests.recommend.test_protocol import MODELS

NAMES = ["SVD", "SVDpp", "NMF", "SlopeOne", "CoClustering", "BaselineOnly", "NormalPredictor"]
NEIGHBOURS = ["KNNBasic", "KNNWithMeans", "KNNWithZScore", "KNNBaseline"]
EVERY = {
    **MODELS,
    **{f"surprise {name}": SurpriseRecommender(name, random_state=1) for name in NAMES},
    **{
        f"surprise {name} of products": SurpriseRecommender(name, sim_options={"user_based": False}, k=5)
        for name in NEIGHBOURS
    },
}


def again(model, tmp_path, **settings):
    return load_model(save_model(model, tmp_path / "a.model", **settings), **settings)


def rewritten(path, change):
    """The same zip with the contents of its members as `change` wants them."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", list(EVERY))
def test_every_recommender_comes_back_as_it_was(name, whole_stars, tmp_path):
    whole_stars.attrs["purpose"] = "recommendations"
    model = clone(EVERY[name]).fit(whole_stars)
    twin = again(model, tmp_path)
    assert type(twin) is type(model) and twin.purpose_ == "recommendations"
    assert repr(twin.get_params()) == repr(model.get_params())
    lists = model.recommend(k=6)
    pd.testing.assert_frame_equal(twin.recommend(k=6), lists, check_exact=True)
    np.testing.assert_array_equal(twin.scores(None, None), model.scores(None, None))
    for one in lists.iloc[::70].itertuples():
        reasons = model.explain(one.customer_id, one.product_id)
        pd.testing.assert_frame_equal(twin.explain(one.customer_id, one.product_id), reasons, check_exact=True)
    if hasattr(model, "predict"):
        pairs = whole_stars[["customer_id", "product_id"]]
        np.testing.assert_array_equal(twin.predict(pairs), model.predict(pairs))
    if hasattr(model, "forget"):
        gone = whole_stars["customer_id"].iloc[0]
        pd.testing.assert_frame_equal(twin.forget([gone]).recommend(), model.forget([gone]).recommend())
        assert not twin.knows([gone])[0]
    assert [each.name for each in tmp_path.iterdir()] == ["a.model"]  # nothing half-written is left


def test_content_with_its_catalogue_comes_back_and_hears_words(tmp_path):
    shop = pd.DataFrame(
        {
            "product_id": ["a", "b", "c", "d"],
            "title": ["Linen shirt", "Linen dress", "Steel pan", None],
            "colour": pd.Categorical(["blue", "red", None, "blue"]),
            "price": [20.0, 35.0, 12.5, 9.0],
        }
    )
    bought = pd.DataFrame({"customer_id": [("uk", 1), ("uk", 1), ("de", 2)], "product_id": ["a", "d", "c"]})
    model = ContentRecommender(shop).fit(bought)
    twin = again(model, tmp_path)
    pd.testing.assert_frame_equal(twin.recommend(k=3), model.recommend(k=3), check_exact=True)
    pd.testing.assert_frame_equal(twin.recommend_for(words="a steel pan"), model.recommend_for(words="a steel pan"))
    pd.testing.assert_frame_equal(twin.products, shop)


IDS = {
    "whole": st.integers(-(2**40), 2**40),
    "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    "moment": st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2040, 1, 1)),
    "day": st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1)),
    "pair": st.tuples(st.integers(0, 9), st.text("ab", max_size=2)),
    "uuid": st.integers(0, 50).map(lambda n: uuid.UUID(int=n)),
    "mixed": st.one_of(st.integers(0, 9), st.text("789x", max_size=2), st.tuples(st.integers(0, 3))),
}


@settings(max_examples=40)
@given(data=st.data(), kind=st.sampled_from(list(IDS)), many=st.sampled_from([3, 90]))
def test_ids_of_any_kind_come_back_with_their_type(data, kind, many, tmp_path_factory):
    ids = data.draw(st.lists(IDS[kind], min_size=2, max_size=8))
    held = np.empty(len(ids) + many, dtype=object)
    held[: len(ids)] = ids
    for place in range(many):
        held[len(ids) + place] = ids[place % len(ids)]
    table = pd.DataFrame({"customer_id": np.arange(len(held)) % 5, "product_id": held})
    model = Popular().fit(table)
    twin = again(model, tmp_path_factory.mktemp("ids"))
    pd.testing.assert_index_equal(twin.products_.ids, model.products_.ids)
    assert [type(one) for one in twin.products_.ids] == [type(one) for one in model.products_.ids]
    pd.testing.assert_frame_equal(twin.recommend(), model.recommend())


@pytest.mark.parametrize("dtype", ["str", "category", "Int64", "datetime64[ns, Europe/Berlin]", "datetime64[s]"])
def test_kinds_of_columns_come_back(dtype, tmp_path):
    raw = [3, 1, 2] if dtype != "category" else ["x", "y", "x"]
    values = pd.Series(pd.to_datetime(raw, unit="D", utc="," in dtype) if "date" in dtype else raw)
    values = values.dt.tz_convert("Europe/Berlin") if "," in dtype else values.astype(dtype)
    model = Popular().fit(pd.DataFrame({"customer_id": values, "product_id": ["a", "b", "a"]}))
    twin = again(model, tmp_path)
    pd.testing.assert_index_equal(twin.customers_.ids, model.customers_.ids)


def test_an_instance_and_a_class_of_surprise_come_back_too(whole_stars, tmp_path):
    import surprise

    for algorithm in (surprise.SVD, surprise.KNNBasic(k=4, verbose=False)):
        model = SurpriseRecommender(algorithm, random_state=0).fit(whole_stars)
        twin = again(model, tmp_path)
        np.testing.assert_array_equal(twin.scores(None, None), model.scores(None, None))
        assert twin.trainset_.global_mean == model.trainset_.global_mean
        assert twin.trainset_.ur == model.trainset_.ur and twin.trainset_.ir == model.trainset_.ir


class Shortest(Recommender):
    """A recommender of the reader's own."""

    def _learn(self, frame, customers, products, weights):
        self.lengths_ = np.array([-float(len(str(each))) for each in self.products_.ids])
        self.rule_ = getattr(self, "rule_", None)

    def _scorer(self, columns):
        lengths = self.lengths_ if columns is None else self.lengths_[columns]
        return lambda rows: np.tile(lengths, (len(rows), 1))

    def _reasons(self, customer, product):
        return [Reason("short", -1, float(self.lengths_[product]))]


def test_a_class_of_the_readers_own_is_loaded_only_when_it_is_named(ratings, tmp_path):
    model = Shortest().fit(ratings)
    with pytest.raises(ParameterError, match=r"Shortest is not a recommender of personakit. Name your own class"):
        save_model(model, tmp_path / "a.model")
    path = save_model(model, tmp_path / "a.model", classes=[Shortest])
    with pytest.raises(UnknownNameError, match=r"object of the class 'Shortest', which is no recommender"):
        load_model(path)
    pd.testing.assert_frame_equal(load_model(path, classes=[Shortest]).recommend(), model.recommend())
    with pytest.raises(ParameterError, match=r"classes must be classes, such as \[MyModel\], but has 'Shortest'"):
        load_model(path, classes=["Shortest"])


def test_what_would_need_code_is_refused_by_name(ratings, tmp_path):
    model = Shortest().fit(ratings)
    model.rule_ = len
    with pytest.raises(DataError, match=r"Shortest.rule_ is a builtin.* cannot be saved without running code"):
        save_model(model, tmp_path / "a.model", classes=[Shortest])
    assert not list(tmp_path.iterdir())


def test_wrong_calls_say_what_to_do(ratings, tmp_path):
    with pytest.raises(NotFittedError, match=r"save_model got a EASE that is not fitted"):
        save_model(EASE(), tmp_path / "a.model")
    with pytest.raises(ParameterError, match=r"which does not exist. Name a file in a folder that exists"):
        save_model(Popular().fit(ratings), tmp_path / "none" / "a.model")
    with pytest.raises(ParameterError, match=r"is a folder. Name a file"):
        save_model(Popular().fit(ratings), tmp_path)
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "nothing.model")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_is_cut_short_is_refused(share, ratings, tmp_path):
    path = save_model(ItemKNN().fit(ratings), tmp_path / "a.model")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match=r"a.model is not a saved recommender, or it is cut short or damaged"):
        load_model(path)


def test_damage_in_any_place_is_found_or_harmless(ratings, tmp_path):
    model = Popular().fit(ratings)
    path = save_model(model, tmp_path / "a.model")
    whole, expected = path.read_bytes(), model.recommend()
    for place in np.random.default_rng(0).integers(0, len(whole), 150):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            found = load_model(path).recommend()
        except (DataError, UnknownNameError):
            continue
        pd.testing.assert_frame_equal(found, expected)  # a time in the zip, which nothing depends on


def test_foreign_and_changed_files_are_refused(ratings, tmp_path):
    path = tmp_path / "a.model"
    path.write_bytes(pickle.dumps(Popular()))
    with pytest.raises(DataError, match="is not a saved recommender"):
        load_model(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(DataError, match=r"it is a zip of something else \(it holds hello.txt\)"):
        load_model(path)

    def changed(change):
        return rewritten(save_model(Popular().fit(ratings), path), change)

    changed(lambda held: held.update({"model.json": held["model.json"].replace(b"Popular", b"Random!")}))
    with pytest.raises(DataError, match=r"model.json was changed after it was saved"):
        load_model(path)
    changed(lambda held: held.update({"header.json": held["header.json"].replace(b'"version": 1', b'"version": 9')}))
    with pytest.raises(DataError, match=r"it has version 9, and this personakit reads version 1"):
        load_model(path)
    changed(lambda held: held.update({"arrays/0.npy": held["arrays/1.npy"]}))
    with pytest.raises(DataError, match=r"arrays/0.npy was changed after it was saved"):
        load_model(path)
    changed(lambda held: held.pop("arrays/0.npy"))
    with pytest.raises(DataError, match=r"it is not what save_model wrote .*arrays/0.npy"):
        load_model(path)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("code of the file was run",))


def forged(path, change):
    """The file with other contents, as somebody would write it who knows the format: all checksums are right."""

    def again(held):
        model = json.loads(held["model.json"])

        def put(array, place=None):
            """Store an array, or the bytes of one; its number."""
            file = io.BytesIO()
            if not isinstance(array, bytes):
                np.lib.format.write_array(file, array, allow_pickle=True)
                array = file.getvalue()
            place = len(model["arrays"]) if place is None else place
            held[f"arrays/{place}.npy"] = array
            model["arrays"][place : place + 1] = [hashlib.sha256(array).hexdigest()]
            return place

        change(model, put)
        held["model.json"] = json.dumps(model).encode()
        header = json.loads(held["header.json"])
        held["header.json"] = json.dumps({**header, "sha256": hashlib.sha256(held["model.json"]).hexdigest()}).encode()

    return rewritten(path, again)


@pytest.mark.parametrize("attack", ["pickle", "class", "forward", "shape"])
def test_a_file_with_right_checksums_still_cannot_run_code(attack, ratings, tmp_path):
    path = save_model(Popular().fit(ratings), tmp_path / "a.model")

    def change(model, put):
        if attack == "pickle":
            put(np.array([Bomb()], dtype=object), 0)
        if attack == "class":
            model["values"][-1]["object"] = "Popen"
        if attack == "forward":
            model["values"][0] = {"list": [{"at": 3}]}
        if attack == "shape":
            model["values"][0] = {"objects": [], "shape": [10**15]}

    expected = {
        "pickle": "Object arrays cannot be loaded",
        "class": "class 'Popen', which is no recommender",
        "forward": "refers to value 3 before that is there",
        "shape": "is not what save_model wrote",
    }
    with pytest.raises((DataError, UnknownNameError), match=expected[attack]):
        load_model(forged(path, change))


def of_no_bytes(model, put):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|V0", "fortran_order": False, "shape": (10**7,)})
    model["values"].append({"list": {"numbers": put(file.getvalue())}})


def one_array_many_times(model, put):
    model["values"] += [{"array": put(np.ones(1000))}] * 2


def one_text_many_times(model, put):
    letters, ends = put(np.full(1000, 65, np.uint8)), put(np.tile([1000, 0], 500))
    model["values"].append({"list": {"texts": letters, "ends": ends}})


def one_list_of_ratings_many_times(model, put):
    at, n = len(model["values"]), 100
    parts = [np.tile([0, n], n), np.zeros(n, int), np.ones(n)]
    model["values"] += [{"array": put(part)} for part in parts]
    model["values"] += [{"tuple": [{"at": at}, {"at": at + 1}, {"at": at + 2}]}, {"list": []}]
    model["values"].append({"tuple": [{"at": at + 4}] * 2})
    state = [["ur", {"at": at + 3}], ["ir", {"at": at + 3}], ["ids", {"at": at + 5}], ["scale", 1], ["mean", 3.0]]
    model["values"].append({"special": "trainset", "state": state})


def tuples_of_tuples(model, put):
    model["values"].append({"tuple": [1, 2]})
    for _ in range(60):
        model["values"].append({"tuple": [{"at": len(model["values"]) - 1}] * 2})


def more_places_than_objects(model, put):
    model["values"].append({"objects": [], "shape": [10**9]})


def a_zone_that_is_a_path(model, put):
    model["values"].append({"time": "Timestamp", "ticks": 0, "unit": "ns", "zone": "dateutil//etc/passwd"})


def nothing_learnt(model, put):
    model["values"][-1]["state"] = []


def an_empty_value(model, put):
    model["values"].append({})


BOMBS = {
    of_no_bytes: "has more elements than bytes",
    one_array_many_times: r"it reads array \d+ twice",
    one_text_many_times: "it holds texts that overlap",
    one_list_of_ratings_many_times: "it holds lists of ratings that overlap",
    tuples_of_tuples: "it holds tuples in tuples that no model has",
    more_places_than_objects: "cannot reshape array of size 0",
    a_zone_that_is_a_path: "time zone 'dateutil//etc/passwd', which is a path",
    nothing_learnt: "it holds a Popular that is not fitted",
    an_empty_value: "is not what save_model wrote",
}


@pytest.mark.parametrize("change", list(BOMBS), ids=lambda change: change.__name__)
def test_a_small_file_cannot_fill_the_memory_nor_pass_for_a_model(change, ratings, tmp_path):
    path = forged(save_model(Popular().fit(ratings), tmp_path / "a.model"), change)
    with pytest.raises(DataError, match=BOMBS[change]):
        load_model(path)


def test_a_time_zone_without_a_name_is_refused_when_saving(tmp_path):
    days = pd.to_datetime([1, 2], unit="D", utc=True)
    table = pd.DataFrame({"customer_id": days.tz_convert("+01:30"), "product_id": [1, 2]})
    assert again(Popular().fit(table), tmp_path).customers_.ids.equals(Popular().fit(table).customers_.ids)
    table["customer_id"] = days.tz_convert("dateutil/Europe/Berlin")
    with pytest.raises(DataError, match=r"has the time zone tzfile\(.*\), which has no name to save it by. Convert"):
        save_model(Popular().fit(table), tmp_path / "a.model")


def test_paths_may_be_long_relative_or_a_folder(ratings, tmp_path, monkeypatch):
    model, name = EASE().fit(ratings), "x" * 240
    save_model(model, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    pd.testing.assert_frame_equal(load_model(name).recommend(), model.recommend(), check_exact=True)
    with pytest.raises(DataError, match=r"is a folder, not a saved recommender. Name the file"):
        load_model(tmp_path)


def test_a_failed_save_leaves_the_earlier_file(ratings, tmp_path, monkeypatch):
    path = save_model(Popular().fit(ratings), tmp_path / "a.model")
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("no room")))
    with pytest.raises(OSError, match="no room"):
        save_model(EASE().fit(ratings), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_blend_of_a_blend_comes_back(ratings, tmp_path):
    inner = WeightedHybrid([ItemKNN(n_neighbors=10), Popular()], [1, 1])
    model = WeightedHybrid({"inner": inner, "ease": EASE(l2=5.0)}, [1, 2]).fit(ratings)
    pd.testing.assert_frame_equal(again(model, tmp_path).recommend(), model.recommend(), check_exact=True)
