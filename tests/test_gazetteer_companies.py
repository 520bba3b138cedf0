from __future__ import annotations

import pytest

from tests.tagged import ids
from transforms.gazetteer import load_gazetteer


@pytest.mark.parametrize(("language", "text", "expected"), [
    ("en", "Chipmaker TSMC and Nvidia beat forecasts", {"organization:tsmc", "organization:nvidia"}),
    ("ar", "وقعت أدنوك وأرامكو اتفاقا", {"organization:adnoc", "organization:saudi-aramco"}),
    ("ru", "акции Газпрома и Лукойла", {"organization:gazprom", "organization:lukoil"}),
    ("kk", "ҚазМұнайГаздың және Қазатомөнеркәсіптің табысы",
     {"organization:kazmunaygas", "organization:kazatomprom"}),
    ("fa", "خبرگزاری تسنیم و ایرنا نوشتند", {"media:tasnim", "media:irna"}),
    ("he", "על פי דיווח ברויטרס ובוושינגטון פוסט", {"media:reuters", "media:washington-post"}),
    ("tr", "Anadolu Ajansı'nın haberine göre THY'nin uçağı", {"media:anadolu-agency", "organization:turkish-airlines"}),
    ("zh", "据新华社报道,华为和比亚迪", {"media:xinhua", "organization:huawei", "organization:byd"}),
])
def test_companies_and_media_are_found_in_their_scripts(language: str, text: str, expected: set[str]) -> None:
    assert ids(text, language) == expected


@pytest.mark.parametrize(("language", "text", "expected"), [
    ("en", "Meta and Zuckerberg were sued", {"organization:meta", "person:mark-zuckerberg"}),
    ("es", "Meta volante en la etapa de ayer", set()),
    ("en", "Shell and BP cut oil output", {"organization:shell", "organization:bp"}),
    ("en", "Shell hits school in the village", set()),
    ("en", "Apple pie and a walk", set()),
    ("en", "Amazon and its founder Bezos", {"organization:amazon", "person:jeff-bezos"}),
    ("en", "Fires in the Amazon: deforestation and the jungle", {"region:amazon-rainforest"}),
    ("en", "An Emirates flight was late", {"organization:emirates-airline"}),
    ("en", "The Emirates and Oman agree", {"country:AE", "country:OM"}),
    ("de", "Über die Lage der Bauern", set()),
    ("de", "Fahrer von Uber streiken", {"organization:uber"}),
    ("en", "The economist said prices would fall", set()),
    ("en", "A survey by The Economist says prices fall", {"media:the-economist"}),
    ("es", "El país necesita reformas", set()),
    ("es", "Según El País, hay acuerdo", {"media:el-pais"}),
    ("ar", "كونا على حذر", set()),
    ("ar", "ذكرت وكالة كونا", {"media:kuna"}),
    ("ru", "ЭТО НУЖНО ВАМ", set()),
])
def test_a_name_that_is_also_a_word_needs_what_tells(language: str, text: str, expected: set[str]) -> None:
    assert ids(text, language) == expected


@pytest.mark.parametrize(("language", "text"), [
    ("ar", "وأفاد مراسلنا بأن الطريق مغلق"), ("ar", "سلم على أبيك وأخيك"), ("ur", "سپاہیوں نے پیپل کے نیچے کونا دیکھا"),
    ("ru", "Умру, но не сдамся"), ("it", "La barca di Marco. Barca a vela. Il politico parla"),
    ("es", "Botas nuevas. El tiempo mejora"), ("fr", "L'équipe gagne. Le point sur la situation. Safran et tigre"),
    ("pt", "Chega de guerra"), ("zh", "提高市场效率,西岸的风景"), ("tr", "Birgün gelir"),
])
def test_words_are_no_companies_media_or_bodies(language: str, text: str) -> None:
    assert {one for one in ids(text, language) if not one.startswith(("country:", "city:"))} == set()


def test_the_rules_of_names_name_what_is_listed() -> None:
    gazetteer = load_gazetteer()
    meant = {one["entity"] for rule in gazetteer.rules for one in rule.get("reading", ()) if one["entity"]}
    assert meant - set(gazetteer.subjects) == set()
