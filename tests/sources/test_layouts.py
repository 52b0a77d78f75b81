"""Public data sets and usual exports in the exact form in which they come, through ingest."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recsys.errors import DataError
from recsys.events.ingest import partition
from recsys.settings import EventSettings, SourceSettings
from recsys.sources import engine, source


@dataclass(frozen=True)
class Ingested:
    events: list[tuple[Any, ...]]
    """User, item, action, value, time by the minute."""
    items: dict[str, str]
    """Texts by id."""
    users: pd.DataFrame
    follows: pd.DataFrame
    rows: Mapping[str, int]


Ingest = Callable[..., Ingested]


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    """Ingests files, given by table as name and content, under a layout."""

    def call(layout: str = "", as_of: date = date(2024, 12, 31), **tables: tuple[str, str | bytes] | str) -> Ingested:
        uris = {
            table: str(tmp_path / file) if isinstance(file, str) else _written(tmp_path / file[0], file[1])
            for table, file in tables.items()
        }
        configured = SourceSettings(kind="files", layout=layout, **uris)
        bad, now = str(tmp_path / "bad.parquet"), datetime(2026, 1, 1, tzinfo=UTC)
        with engine.opened() as con:
            made = partition(con, source.read(con, configured), EventSettings(), as_of, bad, now)
            rows = made.events.select("""user_id, item_id, action, value, strftime(occurred_at, '%Y-%m-%d %H:%M')""")
            items = dict(zip(made.items["item_id"], made.items["text"], strict=True))
            return Ingested(rows.fetchall(), items, made.users, made.follows, made.rows)

    return call


def _written(path: Path, content: str | bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


def _lines(*objects: Mapping[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in objects)


def test_movielens_csv_needs_no_layout(ingest: Ingest) -> None:
    found = ingest(
        events=("ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,3,0.5,964981247\n"),
        items=("movies.csv", 'movieId,title,genres\n1,Toy Story (1995),Adventure|Animation\n3,"Up, Again",Drama\n'),
    )
    assert found.events == [("1", "3", "rate", 0.5, "2000-07-30 18:20"), ("1", "1", "rate", 4.0, "2000-07-30 18:45")]
    assert found.items == {"1": "Toy Story (1995). Adventure, Animation", "3": "Up, Again. Drama"}


def test_movielens_1m(ingest: Ingest) -> None:
    found = ingest(
        "movielens-1m",
        events=("ratings.dat", "1::1193::5::978300760\n1::661::3::978302109\n"),
        items=("movies.dat", '661::Les Misérables (1996)::War\n1193::One "Flew": Over::Drama\n'.encode("latin-1")),
        users=("users.dat", "1::F::1::10::48067\n2::M::56::16::70072\n"),
    )
    assert found.events == [
        ("1", "1193", "rate", 5.0, "2000-12-31 22:12"),
        ("1", "661", "rate", 3.0, "2000-12-31 22:35"),
    ]
    assert found.items == {"661": "Les Misérables (1996). War", "1193": 'One "Flew": Over. Drama'}
    assert found.users["gender"].tolist() == ["F", "M"]


ARTISTS = 'id\tname\turl\tpictureURL\n1\tMALICE MIZER\thttp://a\thttp://b\n2\tDiary "of" Dreams\thttp://a\t\n'


def test_lastfm_by_plays(ingest: Ingest) -> None:
    found = ingest(
        "lastfm-hetrec",
        events=("user_artists.dat", "userID\tartistID\tweight\n2\t1\t13883\n3\t2\t11690\n"),
        items=("artists.dat", ARTISTS),
        follows=("user_friends.dat", "userID\tfriendID\n2\t3\n3\t2\n"),
    )
    assert [event[:4] for event in found.events] == [("2", "1", "listen", 13883.0), ("3", "2", "listen", 11690.0)]
    assert found.items == {"1": "MALICE MIZER", "2": 'Diary "of" Dreams'}
    assert found.follows[["follower_id", "followee_id"]].to_numpy().tolist() == [["2", "3"], ["3", "2"]]


def test_lastfm_by_tags(ingest: Ingest) -> None:
    text = "userID\tartistID\ttagID\ttimestamp\n2\t1\t13\t1238536800000\n2\t1\t15\t1238536800000\n"
    found = ingest("lastfm-hetrec", events=("user_taggedartists-timestamps.dat", text), items=("artists.dat", ARTISTS))
    assert found.events == [("2", "1", "bookmark", None, "2009-03-31 22:00")]


def test_mind(ingest: Ingest) -> None:
    found = ingest(
        "mind",
        events=(
            "behaviors.tsv",
            "1\tU8\t11/11/2019 9:05:58 AM\tN3 N4\tN1-0 N2-1\n2\tU9\t11/12/2019 6:11:30 PM\t\tN1-1\n",
        ),
        items=(
            "news.tsv",
            "".join(
                f'N{n}\tnews\tnewsus\tThe "brands" {n}\t{"About" if n < 3 else ""}\thttp\t[]\t[]\n' for n in range(1, 5)
            ),
        ),
    )
    assert [event[:3] for event in found.events[:2]] == [("U8", "N3", "history"), ("U8", "N4", "history")]
    assert sorted((*event[:3], event[4]) for event in found.events[2:]) == [
        ("U8", "N1", "impression", "2019-11-11 09:05"),
        ("U8", "N2", "click", "2019-11-11 09:05"),
        ("U9", "N1", "click", "2019-11-12 18:11"),
    ]
    assert found.items["N1"] == 'The "brands" 1. news, newsus. About'


def test_amazon_2018(ingest: Ingest) -> None:
    meta = {"asin": "B1", "title": "Lip <b>balm</b>", "category": ["Beauty", "Lips"], "description": ["Soft.", "Red"]}
    found = ingest(
        "amazon-2018",
        events=(
            "All_Beauty.json.gz",
            _lines(
                {
                    "overall": 5.0,
                    "verified": True,
                    "reviewTime": "09 1, 2016",
                    "reviewerID": "A3",
                    "asin": "B1",
                    "reviewText": "nice",
                    "unixReviewTime": 1472688000,
                }
            ),
        ),
        items=("meta_All_Beauty.json.gz", _lines(meta, meta, {"asin": "B2", "title": "Soap", "description": "Plain"})),
    )
    assert found.events == [("A3", "B1", "rate", 5.0, "2016-09-01 00:00")]
    assert found.items == {"B1": "Lip balm. Beauty, Lips. Soft. Red", "B2": "Soap. Plain"}


def test_amazon_2023(ingest: Ingest) -> None:
    review = {
        "rating": 2.0,
        "title": "No",
        "text": "Broke",
        "images": [],
        "asin": "B9",
        "parent_asin": "B1",
        "user_id": "AGK",
        "timestamp": 1588687728923,
        "helpful_vote": 0,
    }
    found = ingest(
        "amazon-2023",
        events=("All_Beauty.jsonl", _lines(review, {**review, "rating": 5.0, "user_id": "AGL"})),
        items=(
            "meta.jsonl",
            _lines(
                {
                    "main_category": "All Beauty",
                    "title": "Brush",
                    "features": ["Wood"],
                    "description": [],
                    "categories": [],
                    "parent_asin": "B1",
                }
            ),
        ),
    )
    assert found.events == [
        ("AGK", "B1", "rate", 2.0, "2020-05-05 14:08"),
        ("AGL", "B1", "rate", 5.0, "2020-05-05 14:08"),
    ]
    assert found.items == {"B1": "Brush. All Beauty. Wood"}


def test_retailrocket_takes_the_latest_property(ingest: Ingest, tmp_path: Path) -> None:
    header = "timestamp,itemid,property,value\n"
    _written(
        tmp_path / "item_properties_part1.csv",
        header + "1435460400000,7,categoryid,209\n1435460400000,7,available,0\n1432460400000,7,790,n277.200\n",
    )
    _written(tmp_path / "item_properties_part2.csv", header + "1433000000000,7,categoryid,1338\n")
    lines = [
        "timestamp,visitorid,event,itemid,transactionid",
        "1433221332117,2,view,7,",
        "1433221999827,2,addtocart,7,",
        "1433222276276,2,transaction,7,4000",
    ]
    found = ingest("retailrocket", events=("events.csv", "\n".join(lines)), items="item_properties_part*.csv")
    assert [event[:3] for event in found.events] == [("2", "7", "view"), ("2", "7", "cart"), ("2", "7", "buy")]
    assert found.events[0][4] == "2015-06-02 05:02"
    assert found.items == {"7": "209"}


def test_complete_journey(ingest: Ingest) -> None:
    found = ingest(
        "complete-journey",
        events=(
            "transactions.csv",
            "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,"
            "coupon_disc,coupon_match_disc,week,transaction_timestamp\n"
            "900,330,31198570044,1095275,1,0.5,0,0,0,1,2017-01-01T11:53:26Z\n",
        ),
        items=(
            "products.csv",
            "product_id,manufacturer_id,department,brand,product_category,product_type,"
            "package_size\n"
            "1095275,2,GROCERY,National,COOKIES,SANDWICH COOKIES,18 OZ\n",
        ),
        users=("demographics.csv", "household_id,age,income\n900,35-44,35-49K\n"),
    )
    assert found.events == [("900", "1095275", "buy", 1.0, "2017-01-01 11:53")]
    assert found.items == {"1095275": "SANDWICH COOKIES. COOKIES. National 18 OZ"}
    assert found.users["age"].tolist() == ["35-44"]


def test_ga4_is_events_and_catalogue(ingest: Ingest) -> None:
    shirt = {"item_id": "S1", "item_name": "Shirt", "item_category": "Apparel", "item_brand": "Acme"}
    common = {"event_date": "20210131", "event_timestamp": "1612069510766593", "user_pseudo_id": "106.71"}
    text = _lines(
        {**common, "event_name": "page_view", "items": []},
        {**common, "event_name": "view_item", "items": [shirt, {"item_id": "S2", "item_name": "Hat"}]},
        {**common, "event_name": "purchase", "items": [shirt], "user_id": "ann"},
    )
    found = ingest("ga4", events=("ga4.jsonl", text), items="ga4.jsonl")
    assert [(*event[:3], event[4]) for event in found.events] == [
        ("106.71", "S1", "view", "2021-01-31 05:05"),
        ("106.71", "S2", "view", "2021-01-31 05:05"),
        ("ann", "S1", "purchase", "2021-01-31 05:05"),
    ]
    assert found.items == {"S1": "Shirt. Apparel. Acme", "S2": "Hat"}


def test_shopify_orders_are_filled_within_the_order(ingest: Ingest) -> None:
    text = """Name,Email,Financial Status,Paid at,Created at,Lineitem quantity,Lineitem name,Lineitem sku,Vendor
#1001,Ann@x.org,paid,2024-03-01 10:15:00 -0500,2024-03-01 10:14:00 -0500,1,Red mug,MUG-R,Acme
#1001,,,,2024-03-01 10:14:00 -0500,2,"Tea, green",,Acme
#1002,bob@x.org,refunded,2024-03-02 09:00:00 -0500,2024-03-02 09:00:00 -0500,1,Red mug,MUG-R,Acme
"""
    found = ingest("shopify-orders", events=("orders_export.csv", text), items="orders_export.csv")
    assert found.events == [
        ("ann@x.org", "MUG-R", "buy", 1.0, "2024-03-01 15:15"),
        ("ann@x.org", "Tea, green", "buy", 2.0, "2024-03-01 15:15"),
        ("bob@x.org", "MUG-R", "return", 1.0, "2024-03-02 14:00"),
    ]
    assert found.items == {"MUG-R": "Red mug. Acme", "Tea, green": "Tea, green. Acme"}


def test_scrobbles_of_one_and_of_several_people(ingest: Ingest) -> None:
    text = 'Björk,Post,Hyperballad,31 Jul 2020 07:22\n"Nick Cave, The Bad Seeds",,Red Right Hand,01 Aug 2020 10:00\n'
    found = ingest("scrobbles", events=("scrobbles.csv", text), items="scrobbles.csv")
    assert [(event[0], event[1], event[2], event[4]) for event in found.events] == [
        ("me", "Björk - Hyperballad", "listen", "2020-07-31 07:22"),
        ("me", "Nick Cave, The Bad Seeds - Red Right Hand", "listen", "2020-08-01 10:00"),
    ]
    assert found.items["Björk - Hyperballad"] == "Hyperballad by Björk. Björk. Post"
    shared = ingest("scrobbles", events=("all/user=ann/s.csv", text), items="all/user=ann/s.csv")
    assert {event[0] for event in shared.events} == {"ann"}


def test_recbole_needs_no_layout(ingest: Ingest) -> None:
    found = ingest(
        events=("ml.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t7\t4\t978300760.0\n"),
        items=("ml.item", "item_id:token\tmovie_title:token_seq\tclass:token_seq\n7\tHeat\tAction Crime\n"),
        users=("ml.user", "user_id:token\tage:token\n1\t25\n"),
    )
    assert found.events == [("1", "7", "rate", 4.0, "2000-12-31 22:12")]
    assert found.items == {"7": "Heat. Action Crime"}
    assert found.users.columns.tolist() == ["user_id", "age"]


def test_personalize_needs_no_layout(ingest: Ingest) -> None:
    found = ingest(
        events=(
            "i.csv",
            "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n3,9,1586731606,AddToCart,\n3,9,1586731706,Purchase,1\n",
        ),
        items=("items.csv", "ITEM_ID,GENRES,CREATION_TIMESTAMP\n9,Horror|Action,1570003267\n"),
    )
    assert [event[:3] for event in found.events] == [("3", "9", "addtocart"), ("3", "9", "purchase")]
    assert found.items == {"9": "Horror, Action"}


def test_a_file_that_is_not_of_its_layout_is_refused_with_its_columns(ingest: Ingest) -> None:
    with pytest.raises(DataError, match=r"not of the layout(.|\n)*who, what(.|\n)*visitorid"):
        ingest("retailrocket", events=("e.csv", "who,what\na,b\n"), items=("i.csv", "itemid,property\n7,x\n"))
