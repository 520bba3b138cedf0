"""Article pages as publishing systems make them, from the demo's invented articles, with what must come out.

Markup follows the habits of each system (class names, nesting, where furniture stands); every text is
newsbeam's own. Nothing here is taken from a real page.
"""

# ruff: noqa: E501 - markup in lines as a server sends it
from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.demo.texts import DemoArticle, articles

PUBLISHED = "2025-11-06T18:20:00+02:00"
PUBLISHED_UTC = 1762446000
SHOWN_UTC = 1762453200
"""What a reader can know who sees 06.11.2025 18:20, and no zone."""
DAY_UTC = 1762387200


@dataclass(frozen=True)
class Story:
    """An article before a system makes a page of it."""

    title: str
    paragraphs: tuple[str, ...]
    language: str
    outlet: str
    author: str

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


@dataclass(frozen=True)
class MadePage:
    """A page and what must come out of it: ``text`` "" where it is no article, ``status`` as Page has it."""

    name: str
    html: bytes
    story: Story
    text: str
    status: str = "text"
    reason: str = ""
    published: int | None = PUBLISHED_UTC
    signed: bool = True


@dataclass(frozen=True)
class Words:
    """What an outlet of a language writes around its texts."""

    author: str
    by: str
    share: tuple[str, ...]
    also: str
    related: str
    comments: str
    comment: tuple[str, ...]
    newsletter: str
    rights: str
    cookies: str
    menu: tuple[str, ...]


WORDS = {
    "ar": Words("سلمى الحداد", "بقلم:", ("شارك", "فيسبوك", "تويتر", "واتساب", "طباعة", "حجم الخط"), "اقرأ أيضًا:", "أخبار ذات صلة",
                "0 تعليق", ("كلام جميل جدا والله، ننتظر أن نراه على أرض الواقع قبل نهاية هذا العام يا سادة", "لا أوافق الكاتب على كل ما قاله هنا وأظن أن الأمر أعقد مما يظن كثيرون منا"),
                "اشترك في نشرتنا البريدية لتصلك أهم الأخبار كل صباح.", "جميع الحقوق محفوظة © 2025",
                "نستخدم ملفات تعريف الارتباط لتحسين تجربتك على موقعنا، وباستمرارك في التصفح فإنك توافق على ذلك.", ("الرئيسية", "سياسة", "اقتصاد", "رياضة", "ثقافة", "اتصل بنا")),
    "en": Words("Marion Castle", "By", ("Share", "Facebook", "Twitter", "WhatsApp", "Email", "Print"), "Read also:", "Related articles",
                "2 comments", ("I was there last week and it looked nothing like what the minister describes in this article, honestly.", "Finally somebody says it. Now let us see whether they will also do it before the winter comes."),
                "Sign up for our newsletter and get the five stories that matter every morning.", "All rights reserved © 2025",
                "We use cookies to improve your experience on our site and to show you relevant advertising. Accept all cookies.", ("Home", "Politics", "Business", "Sport", "Culture", "Contact us")),
    "ru": Words("Ирина Ветрова", "Автор:", ("Поделиться", "ВКонтакте", "Телеграм", "Одноклассники", "Распечатать"), "Читайте также:", "Материалы по теме",
                "Комментарии", ("Живу рядом и могу сказать, что всё это уже обещали нам пять лет назад, и ничего не изменилось.", "Спасибо за статью, наконец кто-то написал об этом без лишних эмоций и с настоящими цифрами."),
                "Подпишитесь на нашу рассылку и получайте главные новости каждое утро.", "Все права защищены © 2025",
                "Мы используем файлы cookie, чтобы сайт работал лучше. Оставаясь на сайте, вы соглашаетесь с этим.", ("Главная", "Политика", "Экономика", "Спорт", "Культура", "Контакты")),
    "he": Words("דנה מזרחי", "מאת:", ("שתף", "פייסבוק", "טוויטר", "וואטסאפ", "הדפסה"), "קראו גם:", "כתבות נוספות",
                "תגובות", ("גרתי שם עשר שנים ואף אחד לא טרח לשאול את התושבים מה הם חושבים על כל העניין הזה באמת", "סוף סוף כתבה שמסבירה את הדברים כמו שהם בלי לייפות ובלי להסתיר שום דבר מהקוראים"),
                "הירשמו לניוזלטר שלנו וקבלו את החדשות החשובות בכל בוקר.", "כל הזכויות שמורות © 2025",
                "אתר זה משתמש בעוגיות כדי לשפר את חוויית הגלישה. המשך הגלישה מהווה הסכמה לכך.", ("ראשי", "פוליטיקה", "כלכלה", "ספורט", "תרבות")),
    "fa": Words("مریم کاویانی", "نویسنده:", ("اشتراک گذاری", "تلگرام", "توییتر", "واتساپ", "چاپ"), "بیشتر بخوانید:", "اخبار مرتبط",
                "نظرات", ("من خودم آنجا بودم و باید بگویم که وضعیت خیلی بدتر از چیزی است که در این گزارش آمده است دوستان", "خسته نباشید، امیدواریم مسئولان هم این گزارش را بخوانند و فکری به حال مردم این منطقه بکنند"),
                "برای دریافت مهم‌ترین خبرها در خبرنامه ما عضو شوید.", "تمامی حقوق محفوظ است © 2025",
                "این وب‌سایت برای بهبود تجربه شما از کوکی استفاده می‌کند.", ("صفحه اصلی", "سیاست", "اقتصاد", "ورزش", "فرهنگ")),
    "tr": Words("Elif Korkmaz", "Haber:", ("Paylaş", "Facebook", "Twitter", "WhatsApp", "Yazdır"), "İlgili haber:", "İlgili Haberler",
                "Yorumlar", ("Ben oradaydım ve anlatılanların yarısı bile doğru değil, insanlar hâlâ kendi başlarının çaresine bakıyor.", "Nihayet birileri bu konuyu yazdı, umarım yetkililer de okur ve bir an önce gereğini yapar artık."),
                "Bültenimize abone olun, günün en önemli haberleri her sabah size ulaşsın.", "Tüm hakları saklıdır © 2025",
                "Sitemizde çerez kullanıyoruz. Siteyi kullanmaya devam ederek bunu kabul etmiş olursunuz.", ("Ana Sayfa", "Siyaset", "Ekonomi", "Spor", "Kültür")),
    "kk": Words("Айгерім Сәрсен", "Автор:", ("Бөлісу", "Фейсбук", "Телеграм", "Уатсап"), "Сондай-ақ оқыңыз:", "Ұқсас жаңалықтар",
                "Пікірлер", ("Мен сол жерде тұрамын, айтылғандардың бәрі рас, бірақ жұмыс әлі басталған жоқ, күтіп отырмыз бәріміз.", "Жақсы мақала екен, авторға рақмет, осындай тақырыптарды жиі жазып тұрсаңыздар екен деп тілеймін."),
                "Біздің Telegram арнамызға жазылыңыз.", "Барлық құқықтар қорғалған © 2025",
                "Біздің сайт cookie файлдарын пайдаланады.", ("Басты бет", "Саясат", "Экономика", "Спорт", "Мәдениет")),
}


def stories(least: int = 3) -> list[Story]:
    """The demo's articles that are long enough, no copies."""
    chosen = [one for one in articles() if not one.copy_of and not one.empty and one.outlet.language in WORDS
              and len(one.first.paragraphs) >= least and not one.no_date]
    return [_story(one) for one in chosen]


def _story(article: DemoArticle) -> Story:
    paragraphs = tuple(" ".join(part.split()) for part in article.first.paragraphs)
    return Story(article.first.title, paragraphs, article.outlet.language, article.outlet.name,
                 WORDS[article.outlet.language].author)


def _esc(text: str) -> str:
    return html.escape(text, quote=False)


def _p(paragraphs: Sequence[str], tag: str = "p", attributes: str = "") -> str:
    return "\n".join(f"<{tag}{attributes}>{_esc(part)}</{tag}>" for part in paragraphs)


def _head(story: Story, *, site: bool = True, more: str = "", charset: str = "utf-8") -> str:
    shared = f'<meta property="og:title" content="{html.escape(story.title)}">' if site else ""
    return (f'<head><meta charset="{charset}"><title>{_esc(story.title)} | {_esc(story.outlet)}</title>{shared}'
            f'<meta property="og:site_name" content="{html.escape(story.outlet)}">{more}</head>')


def _published(name: str = "article:published_time") -> str:
    return f'<meta property="{name}" content="{PUBLISHED}">'


def _linked(story: Story, **more: object) -> str:
    value = {"@context": "https://schema.org", "@graph": [
        {"@type": "Organization", "name": story.outlet},
        {"@type": "NewsArticle", "headline": story.title, "datePublished": PUBLISHED,
         "author": [{"@type": "Person", "name": story.author}], "publisher": {"@type": "Organization", "name": story.outlet},
         **more}]}
    return f'<script type="application/ld+json">{json.dumps(value, ensure_ascii=False)}</script>'


def _rtl(story: Story) -> str:
    return ' dir="rtl"' if story.language in ("ar", "he", "fa") else ""


def _menu(words: Words) -> str:
    return "".join(f'<li><a href="/{number}">{entry}</a></li>' for number, entry in enumerate(words.menu))


def _cards(others: Sequence[Story], heading: str = "h3", teaser: bool = True) -> str:
    return "".join(f'<div><a href="/x{number}"><img src="x.jpg"><{heading}>{_esc(other.title)}</{heading}></a>'
                   f"{f'<p>{_esc(other.paragraphs[0][:140])}…</p>' if teaser else ''}</div>"
                   for number, other in enumerate(others))


def wordpress(story: Story, others: Sequence[Story]) -> MadePage:
    words = WORDS[story.language]
    middle = f'<p><strong>{words.also}</strong> <a href="/y">{_esc(others[0].title)}</a></p>'
    shares = "".join(f'<li><a href="#">{word}</a></li>' for word in words.share)
    body = (f'<header id="masthead"><nav><ul class="menu">{_menu(words)}</ul></nav></header><div id="content"><main>'
            f'<article class="post-17 post type-post hentry category-news"><header class="entry-header"><h1 class="entry-title">{_esc(story.title)}</h1>'
            f'<div class="entry-meta"><span class="posted-on"><time class="entry-date published" datetime="{PUBLISHED}">6/11/2025</time></span>'
            f'<span class="byline"> {words.by} <span class="author vcard"><a rel="author" href="/a">{story.author}</a></span></span></div></header>'
            f'<div class="post-thumbnail"><figure><img src="a.jpg"><figcaption class="wp-caption-text">{_esc(others[1].title)} (AFP)</figcaption></figure></div>'
            f'<div class="entry-content">{_p(story.paragraphs[:2])}{middle}{_p(story.paragraphs[2:])}'
            f'<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">{words.share[0]}</h3><ul>{shares}</ul></div>'
            f'<div id="jp-relatedposts" class="jp-relatedposts"><h3>{words.related}</h3>{_cards(others)}</div></div></article>'
            f'<div id="comments" class="comments-area"><h2>{words.comments}</h2><ol class="comment-list">'
            f'{"".join(f"<li><div class=comment-body><p>{text}</p></div></li>" for text in words.comment)}</ol></div></main>'
            f'<aside id="secondary" class="widget-area"><section class="widget"><h2>{words.related}</h2>{_cards(others)}</section></aside></div>'
            f'<footer class="site-footer"><p>{words.rights}</p></footer>')
    return _page("wordpress", story, f'<html lang="{story.language}"{_rtl(story)}>{_head(story, more=_published())}<body class="post-template single has-sidebar">{body}</body></html>')


def drupal(story: Story, others: Sequence[Story]) -> MadePage:
    words = WORDS[story.language]
    body = (f'<div class="layout-container"><div class="region region-header"><ul>{_menu(words)}</ul></div><main role="main"><div class="layout-content"><div class="region region-content">'
            f'<h1 class="page-title"><span class="field field--name-title">{_esc(story.title)}</span></h1>'
            f'<article role="article" class="node node--type-article"><div class="node__content"><div class="node__submitted">{words.by} {story.author} | 06.11.2025 - 18:20</div>'
            f'<div class="field field--name-field-image"><img src="b.jpg"><div class="image-caption">{_esc(others[2].title)}</div></div>'
            f'<div class="clearfix text-formatted field field--name-body field__item"><div class="tex-content">{_p(story.paragraphs)}</div></div>'
            f'<div class="field field--name-field-tags"><div>Tags</div><a href="/t">{_esc(story.outlet)}</a></div></div></article>'
            f'<div class="views-element-container block block-views"><h2>{words.related}</h2>{_cards(others)}</div></div></div></main>'
            f'<div class="block block-newsletter"><p>{words.newsletter}</p></div><footer>{words.rights}</footer></div>'
            f'<div role="dialog" class="eu-cookie-compliance-banner"><p>{words.cookies}</p></div>')
    return _page("drupal", story, f'<html lang="{story.language}"{_rtl(story)}>{_head(story)}<body>{_linked(story)}{body}</body></html>')


def hashed(story: Story, others: Sequence[Story]) -> MadePage:
    """Class names made by a build tool say nothing; teasers, newsletter and cookies stand in plain boxes."""
    words = WORDS[story.language]
    body = (f'<div id="root"><div class="css-1a2b3c"><div class="css-9zz"><div class="css-8yy">{"".join(f"<div class=css-k1><a href=/s>{entry}</a></div>" for entry in words.menu)}</div></div>'
            f'<div class="css-77h"><div class="css-h1"><h1 class="css-t1">{_esc(story.title)}</h1><div class="css-b1"><div>{words.by} {story.author}</div><div><time datetime="{PUBLISHED}">06.11.2025</time></div></div></div>'
            f'<div class="css-x1"><div class="css-x2">{_p(story.paragraphs[:1], attributes=" class=css-p9")}<div class="css-adbox"></div>{_p(story.paragraphs[1:], attributes=" class=css-p9")}</div></div>'
            f'<div class="css-n7"><div><p>{words.newsletter}</p><form><input name="email"><button>OK</button></form></div></div>'
            f'<div class="css-r4"><div class="css-r5">{words.related}</div>{_cards(others)}</div></div>'
            f'<div class="css-f1"><p>{words.rights}</p></div><div class="css-c0"><p>{words.cookies}</p><button>OK</button></div></div></div>')
    return _page("hashed", story, f'<html lang="{story.language}">{_head(story)}<body>{body}</body></html>')


def aspnet(story: Story, others: Sequence[Story], codec: str = "utf-8", declared: bool = True) -> MadePage:
    """The whole page in one form, tables in tables, paragraphs divided by line breaks."""
    words = WORDS[story.language]
    text = "<br /><br />\r\n".join(map(_esc, story.paragraphs))
    links = "".join(f'<tr><td class="Padding-bottom-lg-30"><a href="n{number}.aspx">{_esc(other.title)}</a></td></tr>' for number, other in enumerate(others))
    body = (f'<form method="post" action="./News.aspx?id=7" id="aspnetForm"><input type="hidden" name="__VIEWSTATE" value="dDwt"><table width="100%"><tr><td colspan="2"><table><tr>'
            f'{"".join(f"<td><a href=x.aspx>{entry}</a></td>" for entry in words.menu)}</tr></table></td></tr><tr><td valign="top" class="Padding-bottom-lg-30">'
            f'<span id="ctl00_ContentPlaceHolder1_lblTitle" class="Title"><h1>{_esc(story.title)}</h1></span><br/><span id="ctl00_lblDate">06/11/2025 18:20</span> | <span id="ctl00_lblWriter">{words.by} {story.author}</span>'
            f'<div style="clear:both">{" | ".join(f"<a href=#>{word}</a>" for word in words.share)}</div>'
            f'<div id="ctl00_ContentPlaceHolder1_pnlBody" class="Padding-bottom-lg-30"><span id="ctl00_lblBody">{text}</span></div><br/><span>{words.comments}</span></td>'
            f'<td valign="top"><table><tr><td><b>{words.related}</b></td></tr>{links}</table></td></tr><tr><td colspan="2" align="center">{words.rights}</td></tr></table></form>')
    head = f"<head><title>{_esc(story.title)} - {_esc(story.outlet)}</title>" + (f'<meta http-equiv="Content-Type" content="text/html; charset={codec}">' if declared else "") + "</head>"
    page = f'<html{_rtl(story)}>{head}<body>{body}</body></html>'
    return MadePage(f"aspnet-{codec}{'' if declared else '-undeclared'}", page.encode(codec, "xmlcharrefreplace"), story, story.text, published=SHOWN_UTC)


def amp(story: Story, others: Sequence[Story]) -> MadePage:
    words = WORDS[story.language]
    body = (f'<amp-sidebar id="menu"><ul>{_menu(words)}</ul></amp-sidebar><header class="amp-header"><a href="/">{_esc(story.outlet)}</a></header><article class="amp-wp-article">'
            f'<header class="amp-wp-article-header"><h1 class="amp-wp-title">{_esc(story.title)}</h1><div class="amp-wp-meta amp-wp-byline"><span class="amp-wp-author author vcard">{story.author}</span></div>'
            f'<div class="amp-wp-meta amp-wp-posted-on"><time datetime="{PUBLISHED}">6 Nov 2025</time></div></header><figure class="amp-wp-article-featured-image"><amp-img src="c.jpg" width="2" height="1"></amp-img><figcaption class="wp-caption-text">{_esc(others[0].title)}</figcaption></figure>'
            f'<div class="amp-wp-article-content">{_p(story.paragraphs[:2])}<amp-ad width="300" height="250" type="x"><div fallback>{words.newsletter}</div></amp-ad>{_p(story.paragraphs[2:])}</div>'
            f'<footer class="amp-wp-article-footer"><amp-social-share type="system"></amp-social-share><div class="amp-related"><h3>{words.related}</h3>{_cards(others, teaser=False)}</div></footer></article><amp-user-notification><p>{words.cookies}</p></amp-user-notification><footer><p>{words.rights}</p></footer>')
    return _page("amp", story, f'<!doctype html><html ⚡ lang="{story.language}">{_head(story)}<body>{body}</body></html>')


def blogger(story: Story, others: Sequence[Story]) -> MadePage:
    words = WORDS[story.language]
    inner = "<br />\n<br />\n".join(f"{_esc(part)}" for part in story.paragraphs[1:])
    comments = "".join(f'<div class="comment-block"><p class="comment-content">{text}</p></div>' for text in words.comment)
    body = (f'<div class="content-outer"><div class="header-outer"><h1 class="title"><a href="/">{_esc(story.outlet)}</a></h1></div><div class="tabs-outer"><ul>{_menu(words)}</ul></div><div class="main-outer"><div class="column-center-inner"><div id="main" class="main section"><div class="widget Blog">'
            f'<div class="blog-posts hfeed"><div class="date-outer"><h2 class="date-header"><span>06.11.2025</span></h2><div class="post-outer"><div class="post hentry" itemprop="blogPost"><h3 class="post-title entry-title" itemprop="name">{_esc(story.title)}</h3>'
            f'<div class="post-body entry-content" id="post-body-1" itemprop="description articleBody"><div style="text-align: right;"><span style="font-size: large;">{_esc(story.paragraphs[0])}</span></div><br />{inner}<div style="clear: both;"></div></div>'
            f'<div class="post-footer"><span class="post-author vcard">{words.by} <span class="fn" itemprop="author">{story.author}</span></span> <div class="post-share-buttons">{" ".join(words.share)}</div></div></div>'
            f'<div class="comments" id="comments"><h4>{words.comments}</h4>{comments}</div></div></div></div></div></div></div>'
            f'<div class="column-right-outer"><div class="widget PopularPosts"><h2>{words.related}</h2>{_cards(others)}</div></div></div><div class="footer-outer">{words.rights}</div></div>')
    page = f'<html lang="{story.language}">{_head(story)}<body class="loading">{body}</body></html>'
    return MadePage("blogger", page.encode(), story, story.text, published=DAY_UTC)


def arc(story: Story, others: Sequence[Story]) -> MadePage:
    """Rendered on the server, the article again in the script's state; promos between paragraphs."""
    words = WORDS[story.language]
    state = {"headlines": {"basic": story.title}, "content_elements": [
        {"type": "text", "content": f"{_esc(part)}"} for part in story.paragraphs], "display_date": PUBLISHED}
    promo = f'<div class="c-stack b-promo"><a href="/p"><h3>{_esc(others[0].title)}</h3></a><p>{_esc(others[0].paragraphs[0][:110])}</p></div>'
    body = (f'<div id="fusion-app"><header class="page-header"><nav>{_menu(words)}</nav></header><div class="c-grid b-article-body-page"><section class="left-article-section"><h1 class="c-heading b-headline">{_esc(story.title)}</h1>'
            f'<div class="c-attribution b-byline">{words.by} <a href="/a">{story.author}</a></div><time datetime="{PUBLISHED}" class="c-date b-date">06.11.2025</time>'
            f'<article class="c-stack b-article-body">{_p(story.paragraphs[:2], attributes=" class=c-paragraph")}{promo}{_p(story.paragraphs[2:], attributes=" class=c-paragraph")}</article>'
            f'<div class="b-author-bio"><p>{story.author} — {_esc(story.outlet)}</p></div></section><aside class="right-rail">{_cards(others)}</aside></div><footer>{words.rights}</footer></div>'
            f"<script>window.Fusion=window.Fusion||{{}};Fusion.globalContent={json.dumps(state, ensure_ascii=False)};Fusion.arcSite='x';</script>")
    return _page("arc", story, f'<html lang="{story.language}">{_head(story, more=_published())}<body>{body}</body></html>')


def nextjs(story: Story, others: Sequence[Story]) -> MadePage:
    """Nothing but a frame; the text is in the state that the script starts from."""
    words = WORDS[story.language]
    state = {"props": {"pageProps": {"menu": list(words.menu), "article": {
        "title": story.title, "publishedAt": PUBLISHED, "author": {"name": story.author},
        "body": [{"type": "paragraph", "value": part} for part in story.paragraphs]},
        "related": [{"title": other.title, "description": other.paragraphs[0]} for other in others]}}, "page": "/news/[id]"}
    body = f'<div id="__next"><div class="spinner">…</div></div><script id="__NEXT_DATA__" type="application/json">{json.dumps(state, ensure_ascii=False)}</script>'
    page = f'<html lang="{story.language}">{_head(story, more=_published())}<body>{body}</body></html>'
    return MadePage("nextjs", page.encode(), story, story.text, signed=False)


def infinite(story: Story, others: Sequence[Story]) -> MadePage:
    """The next article is glued below the first."""
    words = WORDS[story.language]
    def one(which: Story) -> str:
        return (f'<article class="article"><h1>{_esc(which.title)}</h1><div class="meta">{words.by} {which.author} <time datetime="{PUBLISHED}">06.11.2025</time></div>'
                f'<div class="article-body">{_p(which.paragraphs)}</div><div class="share-bar">{" ".join(words.share)}</div></article>')
    body = f'<main><div class="infinite-scroll-list">{one(story)}{one(others[0])}{one(others[1])}</div></main><footer>{words.rights}</footer>'
    return _page("infinite", story, f'<html lang="{story.language}">{_head(story, more=_published())}<body>{body}</body></html>')


def talkbacks(story: Story, others: Sequence[Story]) -> MadePage:
    """More comments than text."""
    words = WORDS[story.language]
    many = "".join(f'<div class="talkback"><div class="talkback-name">Reader {number}</div><div class="talkback-text">{words.comment[number % 2]} {number}</div></div>' for number in range(24))
    body = (f'<div class="page"><div class="title-box"><h1>{_esc(story.title)}</h1><h2>{_esc(story.paragraphs[0])}</h2><div class="credit-line">{words.by} {story.author}, 06.11.2025 18:20</div></div>'
            f'<div class="text14">{_p(story.paragraphs[1:])}</div><div class="talkbacks-list"><h3>{words.comments}</h3>{many}</div></div>')
    page = f'<html lang="{story.language}">{_head(story, more=_published())}<body>{body}</body></html>'
    return MadePage("talkbacks", page.encode(), story, story.text)


def tables(story: Story, others: Sequence[Story]) -> MadePage:
    """A page of 2004: fonts and tables, no meta elements but a title."""
    words = WORDS[story.language]
    text = "".join(f'<p align="justify"><font face="Arial" size="3">{_esc(part)}</font></p>' for part in story.paragraphs)
    body = (f'<table width="980"><tr><td>{" | ".join(f"<a href=#>{entry}</a>" for entry in words.menu)}</td></tr><tr><td><table><tr><td width="180" valign="top"><font size="2">{"<br>".join(f"<a href=#>{_esc(other.title)}</a>" for other in others)}</font></td>'
            f'<td valign="top"><font size="5"><b>{_esc(story.title)}</b></font><br><font size="1">06.11.2025 18:20</font><br>{text}<br><font size="1">{words.comments}</font><br><a href="#">{words.share[0]}</a></td></tr></table></td></tr><tr><td align="center"><font size="1">{words.rights}</font></td></tr></table>')
    page = f"<html><head><title>{_esc(story.title)}</title></head><body bgcolor=white>{body}</body></html>"
    return MadePage("tables", page.encode(), story, story.text, signed=False, published=None)


def live_blog(story: Story, others: Sequence[Story]) -> MadePage:
    words = WORDS[story.language]
    posts = [story, *others[:2]]
    parts = "".join(f'<div class="live-post" id="p{number}"><time datetime="2025-11-06T1{number}:05:00+02:00">1{number}:05</time><h2>{_esc(post.title)}</h2>{_p(post.paragraphs)}<div class="share-tools">{words.share[0]}</div></div>'
                    for number, post in enumerate(posts))
    title = Story(f"{story.title}: live", story.paragraphs, story.language, story.outlet, story.author)
    body = f'<nav>{_menu(words)}</nav><main><h1>{_esc(title.title)}</h1><div class="live-blog-posts">{parts}</div></main><footer>{words.rights}</footer>'
    page = f'<html lang="{story.language}">{_head(title, more=_published())}<body>{_linked(title)}{body}</body></html>'
    text = "\n".join(line for number, post in enumerate(posts) for line in ((post.title,) if number else ()) + post.paragraphs)
    return MadePage("live-blog", page.encode(), title, text)


def list_page(story: Story, others: Sequence[Story]) -> MadePage:
    words = WORDS[story.language]
    cards = "".join(f'<div class="item"><h3><a href="/n{number}">{_esc(other.title)}</a></h3><p>{_esc(other.paragraphs[0])}</p></div>' for number, other in enumerate((story, *others) * 2))
    page = f'<html lang="{story.language}"><head><meta charset="utf-8"><title>{words.menu[1]} - {_esc(story.outlet)}</title><meta property="og:type" content="website"></head><body><nav>{_menu(words)}</nav><main><h1>{words.menu[1]}</h1>{cards}</main><footer>{words.rights}</footer></body></html>'
    return MadePage("list", page.encode(), story, "", "failed", "list-page", published=None, signed=False)


def _page(name: str, story: Story, page: str) -> MadePage:
    return MadePage(name, page.encode(), story, story.text)


STYLES: tuple[Callable[[Story, Sequence[Story]], MadePage], ...] = (
    wordpress, drupal, hashed, aspnet, amp, blogger, arc, nextjs, infinite, talkbacks, tables, live_blog, list_page)


def made_pages(every: int = 1) -> Iterator[MadePage]:
    """Each style with stories of each language; of ``every`` stories one."""
    found = stories()
    for number, style in enumerate(STYLES):
        for at in range(number % every, len(found), every):
            story = found[at]
            others = [other for other in found if other.language == story.language and other is not story][:4]
            if len(others) >= 3:
                yield style(story, others)


def arabic_in_code_pages() -> Iterator[MadePage]:
    """ASP.NET pages of Arabic outlets in three encodings, declared and not."""
    for story in [one for one in stories() if one.language == "ar"][:6]:
        others = [other for other in stories() if other.language == "ar" and other is not story][:4]
        for codec in ("utf-8", "windows-1256", "iso-8859-6"):
            for declared in (True, False):
                yield aspnet(story, others, codec, declared)
