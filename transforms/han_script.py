"""Which kind of Chinese characters a text is in: simplified, traditional, or Japanese.

Only characters that one kind writes differently count (source: the general list of simplified characters of 1986
and the Japanese list of 1946, as in Unicode's Unihan variants); a text without any stays ``Hani``.
"""

from __future__ import annotations

from collections import Counter

_SIMPLIFIED = frozenset(
    "们这来对说国个会时过发学为从实开关经现动进种产问间题业东长门见车马风书话语议论认让记计设许评试该请读调谁课"
    "务办劳势华单卖卫压厂历县参双变叶号听启员响团园围图圆圣场块坏坚执扩扫扬护报拥择担据损换导将尔层属岁岛币师带"
    "帮广庄庆应废异弃张强归当录忆态总战户扑护拟择挥无旧显晋术机权条极构枪标树样桥检楼欢欧残毕气汉决没济浓测"
    "满灾灭灵点热爱爷牵独狱环电画疗盐监盖码确离称稳积穷竞笔类紧红纪约级纯纳纸纽线练组细终绍结给络绝统继绩续绿"
    "缓编缘网罗罚职联肃胜脑脚脸节药获虽虑蓝补装观规视览觉触讨训讲证诉诚译详误贝负贡财责败货质购贯费资赛赞赵赶跃"
    "践转轮软轻载较输边达迁运还进远违连迟适选递遗邓邮邻郑释针钟钢钱铁银销锁错键镇闭闲闻阳阶际陆陈险随难页顶项"
    "顺须预领频题额风飞饭饮馆驻验骗鱼鲁鸡鸟麦黄齐龙龄严两临丽举义乌乐乔习乡买乱争亏亚产亲亿仅价众优伙伤伦侨"
    "债倾储儿党兰兴养军农冲况冻净减凤凭击刘则刚创删别剂剧劝")
_TRADITIONAL = frozenset(
    "們這來對說國個會時過發學後為從實開關經現動進種產問間題業東長門見車馬風書話語議論認讓記計設許評試該請讀調誰課"
    "務辦勞勢華單賣衛壓廠歷縣參雙變葉號聽啟員響團園圍圖圓聖場塊壞堅執擴掃揚護報擁擇擔據損換導將爾層屬歲島幣師帶"
    "幫廣莊慶應廢異棄張強歸當錄憶態總戰揮無舊顯晉術機權條極構槍標樹樣橋檢樓歡歐殘畢氣漢決沒濟濃測滿災滅靈點熱愛"
    "爺牽獨獄環電畫療鹽監蓋碼確離稱穩積窮競筆類緊紅紀約級純納紙紐線練組細終紹結給絡絕統繼績續綠緩編緣網羅罰職聯"
    "肅勝腦腳臉節藥獲雖慮藍補裝觀規視覽覺觸討訓講證訴誠譯詳誤貝負貢財責敗貨質購貫費資賽贊趙趕躍踐轉輪軟輕載較輸"
    "邊達遷運還遠違連遲適選遞遺鄧郵鄰鄭釋裡針鐘鋼錢鐵銀銷鎖錯鍵鎮閉閒聞陽階際陸陳險隨難頁頂項順須預領頻額飛飯飲"
    "館駐驗騙魚魯雞鳥麥黃齊龍齡嚴兩豐臨麗舉義烏樂喬習鄉買亂爭虧雲亞親億僅價眾優夥傷倫僑債傾儲兒黨蘭興養軍農衝況"
    "凍淨減鳳憑擊劉則剛創刪別劑劇勸臺灣颱與於並體")
# Only characters that Japan alone writes so; those that it shares with either Chinese kind say nothing.
_JAPANESE = frozenset(
    "円駅芸図売読続経済関係広辺渋沢浜戦総応対発変転軽鉄鉱顔験険検剣権観覧歓歩毎悪圧囲医壱隠栄営衛塩殴仮価拡覚"
    "楽巻陥勧帰犠戯拠挙虚峡挟狭暁区駆勲薫径恵掲渓継茎蛍撃県検献圏厳効恒黄砕斎剤雑参桟蚕惨賛残歯児湿実舎釈寿収従"
    "縦粛処諸叙奨焼称証乗剰壌嬢条浄畳穣譲醸嘱触寝慎尽粋酔穂随髄瀬斉摂専浅銭践繊禅双壮捜挿巣装騒増臓蔵属続堕"
    "帯滞択担胆団弾遅昼鋳庁聴鎮逓塡伝闘独届弐悩脳拝廃売麦髪抜蛮秘浜瓶払仏並辺弁舗穂宝豊没翻万満黙弥薬訳予余与誉揺様"
    "謡来頼乱竜両猟緑塁励礼隷霊齢暦恋炉労楼録湾働込畑峠枠搾匂栃辻扱拶")
_JAPANESE_ONLY = _JAPANESE - _SIMPLIFIED - _TRADITIONAL - frozenset(
    "区医双万来弥秘并与予余乱仏献礼宝炉属称断惨担条触践残麦寿尽没参虚恒肃静装称浅将窃黄剂声随壮并隐"
    "湾狭峡胆昼湿禅蛮蚕励径嘱堕滞誉届茎恋殴挟叙係諸芸")
# Words of Japanese headlines in Chinese characters that Chinese does not use.
_JAPANESE_WORDS = ("首相", "参院", "衆院", "与党", "逮捕", "容疑", "続落", "反落", "反発", "円安", "円高", "株", "日銀",
                   "避難", "発表", "都内", "会談", "開幕", "本塁打", "選手権", "予算委", "死亡", "見送", "更新", "震度",
                   "大幅", "過去最多", "名人戦", "府警", "県警", "県知事", "東証", "大臣")


def variant(letters: Counter[str]) -> str:
    """``Hans``, ``Hant`` or, where no character tells, ``Hani``."""
    simplified = sum(letters[sign] for sign in letters.keys() & _ONLY_SIMPLIFIED)
    traditional = sum(letters[sign] for sign in letters.keys() & _ONLY_TRADITIONAL)
    if simplified == traditional:
        return "Hani"
    return "Hans" if simplified > traditional else "Hant"


_ONLY_SIMPLIFIED, _ONLY_TRADITIONAL = _SIMPLIFIED - _TRADITIONAL, _TRADITIONAL - _SIMPLIFIED


def japanese_odds(text: str, letters: Counter[str]) -> float:
    """Log odds that a text in mostly Chinese characters is a Japanese headline; 0 where nothing tells."""
    own = sum(letters[sign] for sign in letters.keys() & _JAPANESE_ONLY)
    kana = sum(count for sign, count in letters.items() if "\u3041" <= sign <= "\u30fe" and sign not in "の・")
    words = sum(word in text for word in _JAPANESE_WORDS)
    signs = own + 1.5 * kana + 0.7 * words + 0.5 * ("、" in text)
    chinese = sum(letters[sign] for sign in letters.keys() & _ONLY_SIMPLIFIED - _JAPANESE)
    return min(4.0, 2.0 * signs) - min(6.0, 2.0 * chinese)
