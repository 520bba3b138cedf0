"""Tables for ``tests.quality.entities``: case endings, everyday words, slips. Written for this."""

from __future__ import annotations

from collections.abc import Callable

Ending = Callable[[str], str]
_VOWELS = "аәеиоөуүұыіэюяёaeiouöüıəäõ"
_FRONT = "әеөүіэиüöieəä"


def _harmonic(back: str, front: str) -> Callable[[str], str]:
    """The ending whose vowels go with the last vowel of the name."""
    def pick(name: str) -> str:
        last = next((char for char in reversed(name.lower()) if char in _VOWELS), "а")
        return front if last in _FRONT else back
    return pick


def _turkic(vowel: tuple[str, str], voiced: tuple[str, str], voiceless: tuple[str, str]) -> Ending:
    """An ending that assimilates to the last letter: after vowels, voiced and voiceless consonants."""
    def add(name: str) -> str:
        last = name[-1].lower()
        pair = vowel if last in _VOWELS else voiceless if last in "кқпстфхцчшщkpstfhçş" else voiced
        return name + _harmonic(*pair)(name)
    return add


def _plain(ending: str) -> Ending:
    return lambda name: name + ending


def _same(back: str, front: str) -> Ending:
    return _turkic((back, front), (back, front), (back, front))


def _turkic_all(*endings: str) -> list[Ending]:
    """Endings written as six forms: back and front after vowels, voiced and voiceless consonants."""
    rows = [one.split() for one in endings]
    return [_plain(""), *(_turkic((a, b), (c, d), (e, f)) for a, b, c, d, e, f in rows)]


CASES: dict[str, list[Ending]] = {
    "kk": _turkic_all("ның нің ның нің тың тің", "ға ге ға ге қа ке", "ны ні ды ді ты ті", "да де да де та те",
                      "дан ден дан ден тан тен", "мен мен мен мен пен пен", "лық лік дық дік тық тік",
                      "дағы дегі дағы дегі тағы тегі", "лықтар ліктер дықтар діктер тықтар тіктер"),
    "ky": _turkic_all("нын нин дын дин тын тин", "га ге га ге ка ке", "ны ни ды ди ты ти", "да де да де та те",
                      "дан ден дан ден тан тен", "лык лик дык дик тык тик", "дагы деги дагы деги тагы теги"),
    "uz": [_plain(one) for one in ("", "ning", "ga", "ni", "da", "dan", "dagi", "lik", "liklar", "gacha")],
    "tt": _turkic_all("ның нең ның нең ның нең", "га гә га гә ка кә", "ны не ны не ны не", "да дә да дә та тә",
                      "дан дән дан дән тан тән"),
    "tr": [_plain(one) for one in ("", "'nın", "'da", "’dan", "'ya", "'daki")] + [_same("lı", "li")],
    "az": [_plain(""), _turkic(("nın", "nin"), ("ın", "in"), ("ın", "in")),
           _turkic(("ya", "yə"), ("a", "ə"), ("a", "ə")),
           _same("da", "də"), _same("dan", "dən"), _same("dakı", "dəki"), _same("lı", "li")],
    "fi": [_plain(""), _same("n", "n")],
    "hu": [_plain(""), _same("ban", "ben"), _same("nak", "nek"), _same("ból", "ből"), _plain("t"), _plain("i")],
    "et": [_plain(""), _plain("s"), _plain("st"), _plain("le")],
    "en": [_plain(""), _plain("'s"), _plain("-US")],
    "fr": [_plain("")], "es": [_plain("")], "de": [_plain("")],
}

ORDINARY = {
    "ar": "دعم مالي كبير. يده اليمنى. كوبًا من الماء. بعد صلاة المغرب. نصف قطر الدائرة. البنين والبنات. الجنين في "
          "رحم الأم. "
          "مجرى النهر. هذه المسيرة طويلة. رأيت جده أمس. أسرة كبيرة وأمر عاجل وفرنسة الكلام. حديدة ساخنة. ساحل طويل. "
          "حضر باكرا. ظن بأني هنا. لساننا عربي. هو مصر على رأيه.",
    "en": "We may roast turkey tonight, polish the shoes and put china in the cabinet; give us the chili, a jersey, "
          "a guinea "
          "pig. Vernon Jordan and Chad Smith met Paris Hilton. The amazon of ideas is who we are. An apple a day. "
          "He is hungry; his surname is common.",
    "kk": "Ол судан шықты. судан өткен адам. Бұл куба емес, алтын иран. мен сенен кейін келдім, сонда да, мұнда да "
          "бар. "
          "Сондықтан менде уақыт жоқ. Оларды көрдім, оған айттым. Бала далада ойнап жүр.",
    "ru": "Того же мнения. Кроме того, мали малы. Чадо и чад. В переулке куба и перу. Самое главное. Маринка ушла.",
    "tr": "mısır ekmeği, mali destek, çin çin, katar geldi, fas fas. Mali yıl başladı. Benim adım. Maliye Bakanı. "
          "Kabul edildi.",
    "he": "הוא פתח את הדלת וקנית חומוס. דני אמר לפיני. לובי המלון. בכיוון הנכון. במקרים רבים. שמאלי וימני.",
    "fa": "منابع مالی و آب‌های گرم. سفر کرد. روز دوشنبه. پیروی کردند. معلم ریاضی. کیف پول.",
    "de": "Das man sagt. Die Insel ist eine Perle. Er hat mich angerufen.",
    "fr": "Maurice et Dominique jouent. Le jersey bleu.",
    "es": "La reunión de granada. El chile picante.",
    "fi": "Tässä asiassa ei ole uutta. Tuskin tulee. Perusta on hyvä.",
    "ur": "وہ گھر چلے گئے۔ شام کو بارش ہوئی۔",
}
WORDS = {
    "kk": "мен сен ол біз сіз олар бұл сол осы анау мынау бар жоқ керек емес және немесе бірақ сондықтан өйткені "
          "егер үшін туралы "
          "кейін бұрын қазір бүгін ертең кеше жыл ай күн апта сағат адам бала әке ана аға іні апа қыз ұл жігіт әйел "
          "ер халық ел "
          "жер су от тау өзен көл теңіз дала орман аспан жұлдыз үй қала ауыл көше жол мектеп кітап дәптер қалам сөз "
          "тіл ой сана "
          "жұмыс еңбек ақша баға нарық заң құқық билік үкімет министр президент депутат сот полиция әскер соғыс "
          "бейбітшілік "
          "тарих мәдениет өнер ән би күй спорт ойын жеңіс ас нан ет сүт шай тұз алма жүзім судан оттан таудан елден "
          "жерге суға "
          "оны оған одан онда менде сенде менен сенен бізде сізге оларда сонда мұнда анда қайда қашан неге қалай қанша "
          "көп аз жақсы жаман үлкен кіші ұзын қысқа биік аласа жаңа ескі ыстық суық ақ қара қызыл сары көк жасыл "
          "келді кетті барды қайтты айтты деді көрді білді жазды оқыды істеді берді алды қойды тұр жатыр отыр жүр",
    "ky": "мен сен ал биз силер бул ошол бар жок керек эмес жана бирок эгер үчүн кийин мурун азыр бүгүн эртең кечээ "
          "жыл ай күн "
          "адам бала ата эне кыз уул эл жер суу от тоо көл үй шаар айыл жол мектеп китеп сөз тил иш акча мыйзам "
          "өкмөт сот "
          "суудан оттон тоодон элден жерге ага андан анда менде сенден бизде келди кетти барды айтты деди көрдү билди",
    "uz": "men sen u biz siz ular bu shu bor yo'q kerek emas va yoki lekin chunki agar uchun keyin oldin hozir bugun "
          "ertaga kecha "
          "yil oy kun odam bola ota ona qiz o'g'il xalq el yer suv olov tog' ko'l uy shahar qishloq yo'l maktab "
          "kitob so'z til "
          "ish pul qonun hukumat sud suvdan toqqa menda sendan bizga mali jahon ega chili dori",
    "az": "mən sən o biz siz onlar bu var yox lazım deyil və amma əgər üçün sonra əvvəl indi bu gün sabah dünən il "
          "ay adam uşaq "
          "ata ana qız oğul xalq el yer su od dağ ev şəhər kənd yol məktəb kitab söz dil iş pul qanun məhkəmə sudan "
          "evdən məndə "
          "mali nazirlik fas çin",
}
SLIPS = [
    ("ar", "كازخستان", "KZ"), ("ar", "كازاخستنا", "KZ"), ("ar", "الكازخستنانية", "KZ"), ("ar", "أوزبكستن", "UZ"),
    ("ar", "أفغاستان", "AF"), ("ar", "بنغلاديس", ""), ("ar", "السعوية", "SA"), ("ar", "الأرجنيتن", "AR"),
    ("ar", "وأذريبجان", "AZ"), ("ar", "الإسرائلي", "IL"), ("ar", "الأمركيين", ""), ("ar", "بريطنيا", "GB"),
    ("ar", "إندونسيا", "ID"), ("ar", "موريتنيا", "MR"), ("ar", "الفلسطنيين", "PS"),
    ("en", "Kazkahstan", "KZ"), ("en", "Kazakhstn", "KZ"), ("en", "Afganistan", "AF"), ("en", "Azerbaijjan", "AZ"),
    ("en", "Switzerlnad", "CH"), ("en", "Phillipines", "PH"), ("en", "Slovania", ""), ("en", "Argentian", ""),
    ("en", "Indoneisa", "ID"), ("en", "Ethopia", "ET"),
    ("ru", "Казахстн", "KZ"), ("ru", "Казхастан", "KZ"), ("ru", "Узбкистан", "UZ"), ("ru", "Азербайжан", "AZ"),
    ("ru", "Белорусия", "BY"), ("ru", "Кыргызтан", "KG"),
    ("kk", "Қазақстн", "KZ"), ("kk", "Өзбекстна", "UZ"), ("kk", "Қырғызтан", "KG"),
]
