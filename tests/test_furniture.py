"""Furniture by kind, in the languages of the world's newsrooms; and sentences with the same words, which stay."""

from __future__ import annotations

import pytest

from tests.test_clean import ARABIC, BODY, article, text_of
from transforms.appeal import after_question, is_appeal
from transforms.clean import clean
from transforms.credit_lines import source_of
from transforms.furniture import kind_of

APPEALS = [
    "Follow Example News on Telegram and Instagram", "Follow @example on X", "Join our WhatsApp channel for news",
    "Become a member of the Example for less than a coffee", "Get the Example's morning news in your inbox",
    "تابعوا أخبار البلد على تلغرام", "تابعونا عبر فيسبوك وتويتر", "للانضمام إلى مجموعتنا على الواتس اب",
    "انضم إلى صفحتنا على فيسبوك", "شاركنا رأيك في هذا الخبر", "أرسل الخبر لصديقك",
    "Подписывайтесь на «Пример» в Telegram", "Больше новостей — в нашем Telegram-канале",
    "Читайте нас в Яндекс.Новостях и Google News", "Заметили опечатку? Нажмите Ctrl + Enter",
    "Підписуйтесь на наш Telegram-канал", "Instagram парақшамызға жазылыңыз", "Жаңалықтарды WhatsApp арнамыздан оқыңыз",
    "Достарыңызға да жіберіңіз", "Биздин Telegram каналыбызга жазылыңыз", "Bizni Telegramda kuzatib boring",
    "Телеграм каналимизга обуна бўлинг", "Bizi Instagram'da takip edin", "Twitter'da bizi takip edin!",
    "Haberleri WhatsApp'tan almak için kanalımıza katılın", "Telegram kanalımıza abunə olun",
    "הצטרפו לקבוצת הוואטסאפ שלנו", "עקבו אחרינו בפייסבוק ובטוויטר", "دیدگاه خود را بنویسید",
    "ما را در اینستاگرام دنبال کنید", "ہمیں فیس بک پر فالو کریں", "Suivez Exemple sur Facebook et WhatsApp",
    "Recevez chaque matin notre newsletter", "Folgen Sie Beispiel auf Instagram", "Síguenos en WhatsApp y Telegram",
    "Suscríbete a nuestro boletín diario", "Seguici su Facebook e Instagram", "Iscriviti al nostro canale Telegram",
    "Entre no nosso canal do WhatsApp",
]
BELOW = [
    "More from Politics", "Topics: Budget, Bridges", "Story by Ann Lee", "@annlee", "https://example.org/a/b",
    "#كازاخستان #اتفاقيات_أبراهام", "ann.lee@example.org", "Next article: A new mayor", "Updated: 10:30",
    "This material may not be published, broadcast, rewritten or redistributed.", "الكاتب: أحمد علي", "تحرير: م. علي",
    "المزيد من أخبار السياسة", "الرابط المختصر: https://example.org/x", "عدد المشاهدات: 120",
    "مصدر الصورة: جريدة المثال",
    "Автор фото: Иван Петров", "Время чтения: 3 мин", "Перейти к комментариям", "Материал обновлён", "Сурет: Мысал",
    "Фото ашық дереккөзден", "Editör: Ayşe Kaya", "Yorum yazmak için giriş yapın", "עודכן: 10:30", "לכל הכתבות",
    "کد مطلب: 123", "خبرنگار: علی احمدی", "عکس: نمونه", "Crédit photo : Exemple", "Partager sur Facebook",
]
LINKS = [
    "Читайте також: Міст закрили на ремонт", "Тағы оқи отырыңыз: Көпір жөндеуге жабылды", "Дагы окуңуз: Көпүрө ачылды",
    "Shuningdek o'qing: Ko'prik ochildi", "Həmçinin oxuyun: Körpü açıldı", "یہ بھی پڑھیں: پل کھل گیا",
    "Leggi anche: Il ponte riapre", "Leia também: Ponte é reaberta", "Ayrıca okuyun: Köprü açıldı",
]
CREDITS = [
    ("نقلا عن صحيفة المثال", "صحيفة المثال"), ("المصدر : جريدة المثال", "جريدة المثال"),
    ("По материалам «Примера»", "«Примера»"), ("Источник: Пример Медиа", "Пример Медиа"),
    ("Джерело: Приклад", "Приклад"), ("Дереккөз: Мысал ақпарат", "Мысал ақпарат"),
    ("Kaynak: Örnek Haber", "Örnek Haber"),
    ("Manba: Namuna", "Namuna"), ("منبع: خبرگزاری نمونه", "خبرگزاری نمونه"), ("Con información de EFE", "EFE"),
    ("Com informações da Reuters", "Reuters"), ("With files from the Example Press", "the Example Press"),
    ("Writing by Ann Lee and Omar Said", "Ann Lee and Omar Said"), ("(AFP)", "AFP"), ("dpa/AFP", "dpa/AFP"),
]
SENTENCES = [
    "Follow the money, the prosecutor told reporters on Telegram, and you will find the minister and his brother.",
    "Join Facebook, advertisers were told in 2009, and most of them did so within a year of the announcement there.",
    "Support for member states grows.", "Facebook and Instagram were down on Monday.", "The channel was closed.",
    "Follow the instructions of the fire service and keep your windows closed until the smoke has gone.",
    "Editing by committee rarely works, the novelist told his students at the opening of the course in Leeds.",
    "According to the newspaper, subscribe buttons brought in more members than any letter from the editor.",
    "تابعت الجماهير المباراة على يوتيوب بعد أن رفضت القناة بثها.", "شارك ناشطون صورا على تويتر تظهر حجم الدمار",
    "انضم الوزير إلى المحادثات عبر تطبيق زوم بعد وصوله إلى القاهرة.", "تابع الرئيس سير الأعمال في الجسر الجديد",
    "نقلا عن مصادر في الوزارة، قالت الصحيفة إن القرار سيصدر يوم الأحد المقبل بعد اجتماع الحكومة.",
    "По материалам дела, обвиняемый подписался на десятки каналов в Telegram и покупал там оружие.",
    "По данным источника: погибли трое, сообщила прокуратура в четверг вечером, и ещё пятеро пропали без вести.",
    "Читайте больше книг, посоветовал школьникам министр.", "Подписчики канала в Telegram узнали об аварии первыми.",
    "Министр подписал указ и опубликовал его в Telegram.", "Президент Telegram арнасында мәлімдеме жасады.",
    "Министрлік Instagram желісінде хабарлады.", "Resmi kanalları takip edin", "AFAD uygulamasını indirin",
    "Bakan, açıklamayı sosyal medya hesabından paylaştı.", "Kullanıcılar WhatsApp'ta abone olduklarını söyledi.",
    "השר כתב בטוויטר כי ההחלטה תתקבל השבוע.", "وزیر در تلگرام نوشت که جلسه برگزار می‌شود.",
    "او از مردم خواست در خانه بمانند و اخبار را دنبال کنند.", "وزیر نے فیس بک پر بیان جاری کیا۔",
    "Sigue la caída de Facebook en la bolsa", "Folgen der Sperre von WhatsApp", "Le ministre a écrit sur Facebook.",
    "Comparte con su hermano una casa en Lima.", "Segue no Instagram mais de mil pessoas.",
    "Laden schließt nach Streit in WhatsApp", "The comment was shared 3,000 times.", "Will it rain? Nobody knows.",
    "What happens next? The council will vote again in March, and the mayor has promised to accept the result.",
    "Автор книги живёт в Лондоне и пишет новый роман", "خبرنگار: نظر شما درباره این تصمیم چیست؟",
    "Editor: why did you leave the paper after so many years?", "More on that when the court meets again in May.",
    "كتب الشاعر قصيدته الأخيرة في القاهرة قبل وفاته بأيام", "Фото показало, что мост цел.",
    "Muhabir olay yerine gitti.",
    "Источник в полиции сообщил о задержании.", "مصدر أمني: لا إصابات في الانفجار.", "Source code was stolen.",
]


@pytest.mark.parametrize("line", APPEALS + LINKS)
@pytest.mark.parametrize("body", [BODY, ARABIC])
def test_furniture_is_known_by_its_kind_wherever_it_stands(line: str, body: str) -> None:
    first, second = body.split("\n\n")
    assert text_of(f"{line}\n\n{body}") == body
    assert text_of(f"{first}\n\n{line}\n\n{second}") == body
    assert text_of(f"{body}\n\n{line}") == body


@pytest.mark.parametrize("line", BELOW)
@pytest.mark.parametrize("body", [BODY, ARABIC])
def test_labels_that_end_a_page_are_taken_off_below_the_text(line: str, body: str) -> None:
    assert text_of(f"{body}\n\n{line}") == body
    assert text_of(f"{body}\n\n{line}\n\nFollow us on Facebook") == body


@pytest.mark.parametrize(("line", "named"), CREDITS)
def test_the_credit_below_the_text_is_kept_in_its_field(line: str, named: str) -> None:
    cleaned = clean(article(f"{BODY}\n\n{line}\n\nFollow us on Facebook", "T"))
    assert (cleaned.text, cleaned.credit) == (BODY, named)


def test_two_credits_are_both_kept() -> None:
    cleaned = clean(article(f"WASHINGTON (Reuters) - {BODY}\n\nSource: Example News", "T"))
    assert (cleaned.text, cleaned.dateline, cleaned.credit) == (BODY, "WASHINGTON", "Reuters, Example News")


def test_a_text_that_is_nothing_but_a_source_stays() -> None:
    assert text_of("Sources: The mayor may resign") == "Sources: The mayor may resign"


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("body", [BODY, ARABIC])
def test_a_line_of_the_story_with_such_words_stays(sentence: str, body: str) -> None:
    first, second = body.split("\n\n")
    for text in (f"{first}\n\n{sentence}\n\n{second}", f"{body}\n\n{sentence}"):
        assert text_of(text) == text
    if len(sentence) > 80:
        assert text_of(f"{sentence}\n\n{body}") == f"{sentence}\n\n{body}"


@pytest.mark.parametrize("line", [
    "Enjoying this story? Become a member for $1 a month.", "Have a story for us? Send us your tips by email",
    "Нашли ошибку в тексте? Сообщите нам.", "هل أعجبك المقال؟ تابعوا صفحتنا على فيسبوك.",
    "Haberi beğendiniz mi? Bizi Instagram'da takip edin.", "מצאתם טעות? כתבו לנו בפייסבוק"])
def test_a_question_that_leads_to_an_appeal_goes_with_it_below_the_text(line: str) -> None:
    assert text_of(f"{BODY}\n\n{line}") == BODY


@pytest.mark.parametrize("line", [
    "0 تعليق date 2025-11-07 ", "3 تعليقات | 07-11-2025 ", "12 comments 7 November 2025 "])
def test_a_counter_and_a_date_before_the_first_sentence_are_taken_off_and_the_date_kept(line: str) -> None:
    cleaned = clean(article(line + ARABIC, "عنوان"))
    assert (cleaned.text, cleaned.published, cleaned.published_certain) == (ARABIC, 1_762_473_600, False)


@pytest.mark.parametrize("opening", [
    "5 comments made on Thursday changed the council's mind about the bridge. ", "12 views 2025 brought to town. ",
    "300 تعليق وصلت إلى الصفحة يوم الخميس من قراء في دول عدة. "])
def test_a_number_of_comments_that_begins_a_sentence_stays(opening: str) -> None:
    assert text_of(opening + BODY) == opening + BODY


def test_an_appeal_needs_its_verb_its_object_and_few_words() -> None:
    assert is_appeal("Follow us all on Telegram", most=14)
    assert not is_appeal("Follow us all on Telegram", most=4)
    assert not is_appeal("Follow us all", most=14)
    assert not is_appeal("They are on Telegram", most=14)
    assert after_question("Enjoying this? Pay us.") == "Pay us."
    assert after_question("Will it rain? Nobody knows.") == ""


def test_a_source_needs_a_name() -> None:
    assert source_of("Source: Example") == "Example"
    assert source_of("Source:") is None
    assert source_of("Source code was stolen") is None


@pytest.mark.parametrize(("line", "kind"), [
    ("Share this article with your friends on Facebook and X", "widget"), ("مشاركة الخبر عبر واتساب", "widget"),
    ("שיתוף הכתבה בפייסבוק", "widget"), ("Поделиться этой новостью во ВКонтакте", "widget"),
    ("More stories on this topic", "heading"), ("مقالات ذات صلة بالموضوع", "heading"), ("مواضيع ذات صلة", "heading"),
    ("Ещё материалы по этой", ""), ("Другие новости по теме", "heading"), ("Weitere Artikel zum Thema", "heading"),
    ("Advertisement - scroll to continue reading", "line"), ("Be the first to leave a comment", "line"),
    ("كن أول من يكتب تعليقا", ""), ("Показать все комментарии", "line"), ("Photo: Ann Lee / Example", "photo"),
    ("צילום: דנה לוי", "photo"), ("Photo finish decides the race", ""),
    ("Share prices on Facebook and X fell", ""), ("More news articles than ever before", ""),
])
def test_lines_of_a_closed_vocabulary_are_known_and_one_other_word_saves_a_line(line: str, kind: str) -> None:
    assert kind_of(line) == kind


def test_a_mail_address_below_the_text_goes_and_within_a_sentence_stays() -> None:
    assert text_of(f"{BODY}\n\nWrite to us: desk@example.org") == BODY
    sentence = f"{BODY}\n\nHe asked all who had seen the man to write to the inspector at case@example.org by May."
    assert text_of(sentence) == sentence


@pytest.mark.parametrize("line", [
    "We use cookies so that the site works as you expect. Read our policy", "Сайт использует файлы cookie и счётчики",
    "نستخدم ملفات تعريف الارتباط لتقديم خدمة أفضل", "Sitemizde deneyiminizi iyileştirmek için çerezler kullanılır",
    "Saytimiz cookie fayllaridan foydalanadi", "האתר משתמש בעוגיות", "Все права сохранены и защищены", "12 تعليقا",
    "5 ta izoh", "Copier le lien", "Save this story", "Partager l'article", "Lo más leído", "Ең көп оқылғандар",
    "Today in brief: subscribe to our newsletter", "Keywords: taxes, bridges", "Kalit so‘zlar: soliq, ko‘prik",
    "При использовании материалов гиперссылка на сайт обязательна",
    "The views expressed in this column are those of the author"])
def test_what_a_site_says_of_itself_goes(line: str) -> None:
    assert text_of(f"{BODY}\n\n{line}") == BODY


@pytest.mark.parametrize("sentence", [
    "Follow us, the guide shouted when the fire began.", "Síguenos, nos dijo el guarda del parque.",
    "По теме: министры говорили два часа, но ничего не решили.",
    "The company was fined because its pages set cookies without a word.",
    "Workers' rights were reserved for another law, the minister told the house.",
    "Correction officers went on strike in four prisons on Friday.",
    "The views expressed in the letter shocked many members of the party.",
    "Copy of the link between the two banks was lost."])
def test_a_sentence_with_such_words_stays(sentence: str) -> None:
    first, second = BODY.split("\n\n")
    for text in (f"{first}\n\n{sentence}\n\n{second}", f"{BODY}\n\n{sentence}"):
        assert text_of(text) == text


@pytest.mark.parametrize(("line", "place", "agency"), [
    ("LONDON (Reuters) The talks go on.", "LONDON", "Reuters"),
    ("TOSHKENT, 7-noyabr — O‘zA. Senat yig‘ildi.", "TOSHKENT", "O‘zA"),
    ("КИЇВ, 7 листопада — Укрінформ. Рада зібралася.", "КИЇВ", "Укрінформ"),
    ("ירושלים (רויטרס) - הממשלה התכנסה ביום ראשון לדיון בתקציב המדינה.", "ירושלים", "רויטרס"),
    ("Officials (Reuters) said that the talks go on.", None, None)])
def test_datelines_of_more_countries_are_told(line: str, place: str | None, agency: str | None) -> None:
    cleaned = clean(article(f"{line}\n\n{BODY}", "T"))
    assert (cleaned.dateline, cleaned.credit) == (place, agency)
