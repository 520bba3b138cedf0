"""Pages that are no whole article, in several languages, and articles that only look like them.

All texts are newsbeam's own.
"""

# ruff: noqa: E501 - markup in lines as a server sends it
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.made_pages import WORDS, Story, stories


@dataclass(frozen=True)
class Barrier:
    """A page, what it is, and lines that must not come out as text (and one that must, if any)."""

    name: str
    html: str
    status: str
    reason: str
    hidden: tuple[str, ...] = ()
    shown: str = ""


SUBSCRIBE = {
    "ar": "هذا المحتوى للمشتركين فقط. اشترك الآن لمتابعة القراءة.",
    "en": "Subscribe to continue reading. Already a subscriber? Log in.",
    "ru": "Материал доступен по подписке. Оформите подписку, чтобы читать дальше.",
    "he": "כתבה זו למנויים בלבד. כדי להמשיך לקרוא הצטרפו אלינו.",
    "tr": "Bu haber abonelere özel. Okumaya devam etmek için abone olun.",
    "fa": "این مطلب ویژه مشترکان است. برای خواندن ادامه وارد شوید.",
}
GONE = {"ar": "عذرا، الصفحة غير موجودة", "en": "Page not found", "ru": "Страница не найдена", "he": "הדף לא נמצא",
        "tr": "Sayfa bulunamadı", "fa": "صفحه یافت نشد"}
ROBOT = {"en": "Verify you are human by completing the action below.", "ru": "Подтвердите, что вы не робот",
         "ar": "يرجى التحقق من أنك إنسان للمتابعة", "tr": "Devam etmek için robot olmadığınızı doğrulayın"}
SCRIPTS = {"en": "You need to enable JavaScript to run this app.", "ru": "Включите JavaScript, чтобы видеть сайт.",
           "ar": "يرجى تفعيل جافا سكريبت لعرض هذا الموقع"}
CONSENT = {
    "en": ("We value your privacy", "We and our partners store and/or access information on a device, such as cookies, and process personal data.", "Accept all", "Manage preferences"),
    "ar": ("خصوصيتك تهمنا", "نحن وشركاؤنا نستخدم ملفات تعريف الارتباط لتخزين المعلومات على جهازك.", "قبول الكل", "سياسة الخصوصية"),
    "tr": ("Gizliliğinize önem veriyoruz", "Sitemizde çerez kullanıyoruz; kişisel verilerin işlenmesi hakkında gizlilik politikası sayfamıza bakın.", "Tümünü kabul et", "Gizlilik Politikası"),
    "fr": ("Nous respectons votre vie privée", "Nous et nos partenaires utilisons des cookies et traitons vos données personnelles.", "Tout accepter", "Continuer sans accepter"),
}


def barriers() -> Iterator[Barrier]:
    """Every kind in every language that it is written in here."""
    for language, said in SUBSCRIBE.items():
        story = next(one for one in stories(4) if one.language == language)
        yield from _paywalls(story, said)
        yield Barrier(f"gone-{language}", _frame(story, f"<h1>{GONE[language]}</h1><p>404</p>", GONE[language]), "failed", "not-found")
    for language, said in ROBOT.items():
        yield Barrier(f"challenge-{language}", f'<html lang="{language}"><head><title>Just a moment...</title></head><body><div class="main-wrapper"><h1>news.example</h1><p>{said}</p><form id="challenge-form"></form></div></body></html>', "failed", "challenge")
    for language, said in SCRIPTS.items():
        yield Barrier(f"scripts-{language}", f'<html lang="{language}"><head><title>News</title></head><body><noscript>{said}</noscript><div id="root"></div></body></html>', "failed", "needs-javascript")
    for language, (head, text, accept, more) in CONSENT.items():
        yield Barrier(f"consent-{language}", f'<html lang="{language}"><head><title>{head}</title></head><body><div class="box"><h1>{head}</h1><p>{text}</p><button>{accept}</button><a href="/p">{more}</a><p>{accept} · {more}</p></div></body></html>', "consent", "consent-wall", hidden=(text,))


def _paywalls(story: Story, said: str) -> Iterator[Barrier]:
    first, rest = story.paragraphs[0], story.paragraphs[1:]
    body = "".join(f"<p>{part}</p>" for part in rest)
    linked = _linked(story, isAccessibleForFree=False, hasPart={"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".premium-part"})
    yield Barrier(f"parts-{story.language}", _frame(story, f'{linked}<article><h1>{story.title}</h1><p>{first}</p><div class="premium-part">{body}</div></article>'),
                  "paywall", "not-free", hidden=rest, shown=first)
    yield Barrier(f"not-free-{story.language}", _frame(story, f'{_linked(story, isAccessibleForFree="False")}<article><h1>{story.title}</h1><p>{first}</p>{body}</article>'),
                  "paywall", "not-free", shown=first)
    yield Barrier(f"barrier-{story.language}", _frame(story, f'<article><h1>{story.title}</h1><div class="body"><p>{first}</p><div class="fade"></div></div><div class="offer"><h3>{said}</h3><button>OK</button></div></article>'),
                  "paywall", "barrier", hidden=(said,), shown=first)
    yield Barrier(f"tier-{story.language}", _frame(story, f"<article><h1>{story.title}</h1><p>{first}</p></article>", head='<meta property="article:content_tier" content="locked">'),
                  "paywall", "locked-tier", shown=first)


def look_alikes() -> Iterator[Barrier]:
    """Whole articles with what barriers have too."""
    for language, said in SUBSCRIBE.items():
        story = next(one for one in stories(4) if one.language == language)
        body = "".join(f"<p>{part}</p>" for part in story.paragraphs)
        words = WORDS[language]
        for name, more in (("newsletter", f'<div class="newsletter"><p>{words.newsletter}</p></div>'),
                           ("banner", f'<div id="cookie-banner"><p>{words.cookies}</p></div>'),
                           ("menu", f'<nav><a href="/s">{said}</a></nav>'),
                           ("free", _linked(story, isAccessibleForFree=True) + f"<aside>{said}</aside>"),
                           ("captcha", '<div class="comments"><div class="g-recaptcha"></div></div>')):
            yield Barrier(f"{name}-{language}", _frame(story, f"<article><h1>{story.title}</h1>{body}</article>{more}"), "text", "", shown=story.paragraphs[-1])


def _linked(story: Story, **more: object) -> str:
    value = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": story.title, **more}
    return f'<script type="application/ld+json">{json.dumps(value, ensure_ascii=False)}</script>'


def _frame(story: Story, body: str, title: str = "", head: str = "") -> str:
    words = WORDS[story.language]
    menu = "".join(f'<li><a href="/{number}">{entry}</a></li>' for number, entry in enumerate(words.menu))
    return (f'<html lang="{story.language}"><head><meta charset="utf-8"><title>{title or story.title} | {story.outlet}</title>{head}</head>'
            f"<body><nav><ul>{menu}</ul></nav><main>{body}</main><footer>{words.rights}</footer></body></html>")
