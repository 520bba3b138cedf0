"""Texts that share a mould and are no copies: notices that a newsroom fills anew, in three languages, by hand.

``{n}`` is any number, ``{t}`` a time of day, ``{d}`` a decimal, ``{s}`` a score; ``{place}``, ``{team}``, ``{rival}``,
``{name}`` and ``{firm}`` are drawn from lists. A mould without a name in its title is filled on other days by one outlet.
"""

from __future__ import annotations

import random
import re

LISTS: dict[str, dict[str, list[str]]] = {
    "en": {"place": "Almora Brisk Calden Dorvale Esterlin Fennick Garrow Halvane Istrel Jorvin".split(),
           "team": "Rovers Albion Harriers Wanderers Athletic Rangers Olympic Victoria Spartans Comets".split(),
           "name": ["Adam Kerr", "Ben Holt", "Cara Lund", "Dina Moss", "Evan Rook", "Fay Thorn", "Gus Vale", "Hal Wray"],
           "firm": "Norvex Tellian Quarta Brimco Sandel Ostrava Helixa Pandor".split()},
    "ar": {"place": "المرسى القصيبة الوادي تلمار سنجور بركان درماز هيلان كرتين زهران".split(),
           "team": "النجوم الاتحاد الصقور الوحدة الأهلي الفرسان النسور الساحل الجبل المجد".split(),
           "name": ["سامي الحداد", "رامي النجار", "ليلى القاضي", "منى الخطيب", "عادل الزين", "هند السالم",
                    "ياسر الفقيه", "نادر الشامي"],
           "firm": "نورفكس تليان كوارتا بريمكو ساندل أوسترا هليكسا باندور".split()},
    "ru": {"place": "Ельске Борисово Каменске Дубровке Заречье Лужках Озёрске Полянах Сосновке Юрьеве".split(),
           "team": "Ротор Маяк Сокол Заря Вымпел Восток Прогресс Чайка Факел Волна".split(),
           "name": ["Антон Белов", "Борис Чижов", "Вера Дёмина", "Глеб Ежов", "Дарья Фомина", "Егор Громов"],
           "firm": "Норвекс Теллиан Кварта Бримко Сандел Острава Геликса Пандор".split()},
}

MOULDS: list[tuple[str, str, str, str]] = [
    ("rates", "en", "Currency rates for today", """The central bank set the official rates for today. The dollar was fixed at
{d} against {d} on the previous day, the euro at {d} against {d}, the pound at {d} and the yen at {d}. Gold was quoted at
{n}{n} for an ounce and silver at {d}. The bank publishes its rates every working day at noon and they are valid until the
next publication. Commercial banks and exchange offices may set rates of their own within the corridor."""),
    ("rates", "ar", "أسعار العملات اليوم", """حدد البنك المركزي أسعار الصرف الرسمية لليوم. وبلغ سعر الدولار {d} مقابل {d} في اليوم
السابق، وسعر اليورو {d} مقابل {d}، وسعر الجنيه الإسترليني {d}، وسعر الين {d}. وسجلت أونصة الذهب {n}{n} وأونصة الفضة {d}. وينشر
البنك أسعاره كل يوم عمل عند الظهر وتبقى سارية حتى النشر التالي. ويحق للمصارف ومكاتب الصرافة تحديد أسعارها ضمن الهامش المسموح به."""),
    ("rates", "ru", "Курсы валют на сегодня", """Центральный банк установил официальные курсы на сегодня. Доллар стоит {d} против {d}
днём ранее, евро {d} против {d}, фунт {d}, иена {d}. Унция золота подорожала до {n}{n}, серебро торгуется по {d}. Банк публикует
курсы каждый рабочий день в полдень, они действуют до следующей публикации. Обменные пункты вправе устанавливать свои курсы
в пределах коридора."""),
    ("prayer", "ar", "مواقيت الصلاة في {place}", """نشرت وزارة الأوقاف مواقيت الصلاة لهذا اليوم في {place} وضواحيها. ويرفع أذان الفجر عند
الساعة {t} وتشرق الشمس عند الساعة {t}، ويحين وقت الظهر عند الساعة {t} والعصر عند الساعة {t} والمغرب عند الساعة {t} والعشاء عند الساعة
{t}. ودعت الوزارة الأئمة والمؤذنين إلى الالتزام بهذه المواقيت، وذكرت بأن الفارق مع المدن المجاورة لا يتجاوز دقائق قليلة."""),
    ("match", "en", "{team} beat {rival} {s}", """{team} beat {rival} {s} on Saturday in the league after a goal by {name} in the
{n}th minute. The visitors had more of the ball before the break but created little. {name} was sent off after {n} minutes
and the coach was booked for protesting. The crowd of {n},{n}0 saw a lively second half. {team} now have {n} points from {n}
matches and meet the leaders next week. {rival} stay in the lower half of the table."""),
    ("match", "ar", "{team} يفوز على {rival} {s}", """فاز {team} على {rival} {s} يوم السبت ضمن الدوري بعد هدف سجله {name} في الدقيقة
{n}. واستحوذ الضيوف على الكرة قبل الاستراحة لكنهم لم يصنعوا فرصا كثيرة. وطرد الحكم {name} بعد {n} دقيقة وأنذر المدرب بسبب الاحتجاج.
وتابع المباراة {n} ألف متفرج. ورفع {team} رصيده إلى {n} نقطة من {n} مباراة ويلتقي المتصدر الأسبوع المقبل، وبقي {rival} في
النصف الثاني من الترتيب."""),
    ("court", "en", "{name} jailed for {n} months", """The district court sentenced {name}, {n}, to {n} months in prison on Tuesday for theft.
The court heard that the accused took goods worth {n}00 from a shop in {place} on the {n}th of last month. The judge took into
account the previous convictions and the guilty plea. The accused must also pay costs of {n}0 within {n} days. An appeal can be
lodged with the higher court within two weeks of the written judgment."""),
    ("court", "ar", "السجن {n} شهرا على {name}", """قضت محكمة الجنح يوم الثلاثاء بسجن {name} البالغ من العمر {n} عاما مدة {n} شهرا بتهمة السرقة.
واستمعت المحكمة إلى أن المتهم أخذ بضائع قيمتها {n} ألفا من متجر في {place} في اليوم {n} من الشهر الماضي. وأخذ القاضي في الاعتبار
السوابق والاعتراف بالذنب. وعلى المدان دفع مصاريف قدرها {n} خلال {n} يوما. ويمكن الطعن بالحكم أمام المحكمة الأعلى خلال أسبوعين من
صدور الحكم مكتوبا."""),
    ("earnings", "en", "{firm} reports quarterly profit", """{firm} on Thursday reported a profit of {n} million for its latest quarter. The
company said it had net income of {n} cents per share. Earnings, adjusted for one-time costs, were {n} cents per share. The
results topped expectations of analysts. The company posted revenue of {n}{n} million in the period. {firm} shares have risen
{n} per cent since the beginning of the year. The report was written by a program from data of a provider."""),
    ("earnings", "ar", "{firm} تعلن أرباحها الفصلية", """أعلنت شركة {firm} يوم الخميس أنها حققت أرباحا بلغت {n} مليونا في الربع الأخير. وقالت الشركة
إن ربحية السهم بلغت {n} قرشا، وبلغت بعد استبعاد التكاليف غير المتكررة {n} قرشا. وفاقت النتائج توقعات المحللين. وسجلت الشركة
إيرادات قدرها {n}{n} مليونا خلال الفترة. وارتفع سهم {firm} بنسبة {n} في المئة منذ بداية العام. وتعقد الجمعية العامة للمساهمين
اجتماعها في نهاية الشهر."""),
    ("outage", "ru", "В {place} отключат воду", """В {place} с {t} до {t} отключат холодную воду из-за ремонта на сетях, сообщили в водоканале.
Без воды останутся {n} домов на {n} улицах, а также школа номер {n}. Подвоз воды организуют по заявкам по телефону {n}-{n}-{n}.
Работы планируют завершить к {t}. Жителей просят сделать запас и закрыть краны. При аварии звоните в круглосуточную
диспетчерскую службу."""),
    ("lottery", "en", "Lottery results", """Here are the winning numbers of tonight's draw: {n}, {n}, {n}, {n}, {n} and {n}, with the bonus number
{n}. The jackpot stood at {n} million and was won by {n} tickets. Another {n} tickets matched five numbers and win {n}00 each. The
next draw takes place on Saturday evening. Winners have {n}0 days to claim their prize at any shop that sells tickets or at
the head office of the company."""),
    ("fire", "ar", "إخماد حريق في {place}", """أخمدت فرق الدفاع المدني حريقا اندلع في مستودع في {place} فجر اليوم دون وقوع إصابات. وشارك في الإخماد
{n} رجلا و{n} سيارات، واستغرقت العملية {n} دقيقة. وقال مصدر في الدفاع المدني إن التحقيقات الأولية تشير إلى أن سبب الحريق ماس كهربائي.
وأهابت المديرية بأصحاب المستودعات الالتزام بشروط السلامة العامة وصيانة التمديدات الكهربائية وتوفير طفايات الحريق."""),
    ("accident", "en", "Two hurt in {place} crash", """Two people were hurt when a car and a van collided in {place} on Monday evening, police
said. The accident happened at {t} on the road to the station. The driver of the car, {n}, and a passenger were taken to
hospital, where their condition was described as stable. The road was closed for {n} minutes. Police asked witnesses to come
forward and to call the number {n}{n}{n}."""),
]

EVENT: dict[str, list[tuple[str, str]]] = {
    "en": [
        ("Ferry runs aground off Brisk", "A ferry with 212 people on board ran aground off Brisk on Monday night. All passengers "
         "were brought ashore by lifeboats and fishing boats, the coastguard said. The captain told the radio that the engine had "
         "failed in heavy seas. Divers will look at the hull in the morning."),
        ("212 rescued after ferry hits rocks", "Rescuers took 212 people off a ferry that had hit rocks near Brisk late on Monday. "
         "Nobody was seriously hurt. According to the shipping company, an engine stopped half an hour after departure and the wind "
         "pushed the vessel towards the coast. The ministry of transport has opened an inquiry."),
        ("Passengers tell of fear aboard stranded ferry", "It was dark and the ship would not stop shaking, said a teacher who was on "
         "the way home when the ferry struck a reef near Brisk. Fishermen were the first to arrive. By midnight all 212 people were "
         "in a school gym, wrapped in blankets, drinking tea."),
    ],
    "ar": [
        ("جنوح عبارة قبالة القصيبة", "جنحت عبارة على متنها 212 شخصا قبالة سواحل القصيبة ليل الاثنين. ونقل جميع الركاب إلى الشاطئ بواسطة قوارب "
         "النجاة ومراكب الصيد بحسب خفر السواحل. وقال القبطان للإذاعة إن المحرك تعطل وسط أمواج عالية. ويفحص غواصون هيكل السفينة صباحا."),
        ("إنقاذ 212 راكبا بعد ارتطام عبارة بالصخور", "أنقذت فرق الإغاثة 212 راكبا من عبارة ارتطمت بصخور قرب القصيبة في وقت متأخر من يوم الاثنين "
         "ولم تسجل إصابات خطرة. وأوضحت الشركة المالكة أن محركا توقف بعد نصف ساعة من الإبحار فدفعت الرياح السفينة نحو الساحل. وفتحت "
         "وزارة النقل تحقيقا في الحادث."),
        ("ركاب العبارة الجانحة يروون لحظات الخوف", "كان الظلام دامسا والسفينة لا تكف عن الاهتزاز، هكذا وصفت معلمة كانت في طريقها إلى بيتها لحظة "
         "ارتطام العبارة بالشعاب قرب القصيبة. ووصل الصيادون أولا. وعند منتصف الليل كان الركاب جميعا في قاعة مدرسة يشربون الشاي."),
    ],
}
"""One event by three newsrooms each."""

FLASHES: dict[str, list[str]] = {
    "en": ["Parliament of Calden approves the budget by 61 votes to 40.", "The budget of Calden passes its third reading: minister.",
           "Calden's prime minister: budget vote is a victory for reason.", "Strong earthquake felt in the north of Istrel, no damage known.",
           "Earthquake of magnitude 5.1 in northern Istrel: geological survey.", "Central bank of Dorvale keeps its rate at 4.5 per cent.",
           "Central bank of Dorvale raises its rate to 4.75 per cent."],
    "ar": ["عاجل: برلمان سنجور يقر الموازنة بأغلبية 61 صوتا مقابل 40", "وزير المالية: الموازنة تجاوزت القراءة الثالثة في برلمان سنجور",
           "رئيس وزراء سنجور: التصويت على الموازنة انتصار للعقل", "هزة أرضية قوية شمالي تلمار ولا أنباء عن أضرار",
           "مركز الزلازل: هزة بقوة 5.1 درجة شمالي تلمار", "البنك المركزي في هيلان يبقي سعر الفائدة عند 4.5 في المئة",
           "البنك المركزي في هيلان يرفع سعر الفائدة إلى 4.75 في المئة"],
}
"""News in one sentence: no two are one."""


def filled(mould: tuple[str, str, str, str], dice: random.Random) -> tuple[str, str]:
    """(title, text) of a mould, filled once."""
    _, language, title, text = mould
    lists = LISTS[language]
    team, rival = dice.sample(lists["team"], 2)
    fixed = {"place": dice.choice(lists["place"]), "firm": dice.choice(lists["firm"]), "team": team, "rival": rival,
             "name": dice.choice(lists["name"]), "s": f"{dice.randrange(1, 5)}-{dice.randrange(0, 4)}"}

    def value(slot: re.Match[str]) -> str:
        name = slot[1]
        if name in fixed:
            return fixed[name]
        if name == "t":
            return f"{dice.randrange(1, 24)}:{dice.randrange(60):02}"
        return f"{dice.randrange(1, 400)}.{dice.randrange(10, 99)}" if name == "d" else str(dice.randrange(10, 99))

    return (re.sub(r"\{(\w+)\}", value, title), re.sub(r"\{(\w+)\}", value, text.replace("\n", " ")))
