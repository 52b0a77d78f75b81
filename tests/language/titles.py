"""Made-up titles: forty items of four topics in English and in Chinese, and a few things in ten languages."""

import numpy as np

PAIRS = """
Cast iron wok = 铸铁炒锅, Non-stick frying pan = 不粘平底锅, Stainless steel soup pot = 不锈钢汤锅,
Bamboo cutting board = 竹制砧板, Chef's knife = 厨师刀, Ceramic rice bowl = 陶瓷饭碗, Electric rice cooker = 电饭煲,
Steamer basket = 蒸笼, Kitchen spatula = 厨房锅铲, Soup ladle = 汤勺;
Two-person tent = 双人帐篷, Down sleeping bag = 羽绒睡袋, Camping lantern = 露营灯, Folding camp chair = 折叠露营椅,
Hiking backpack = 登山背包, Trekking poles = 登山杖, Waterproof hiking boots = 防水登山鞋,
Inflatable camping mat = 充气露营垫, Outdoor gas stove = 户外燃气炉, Picnic blanket = 野餐垫;
Detective novel = 侦探小说, Collected poems = 诗歌全集, Science fiction stories = 科幻故事集,
A history of China = 中国通史, Biography of a scientist = 科学家传记, Fairy tales for children = 儿童童话书,
Essays of a writer = 作家散文集, Historical novel = 历史小说, Dictionary of English = 英语词典, Comic book = 漫画书;
Moisturising face cream = 保湿面霜, Matte lipstick = 哑光口红, Face mask = 补水面膜, Sunscreen lotion = 防晒乳,
Mascara = 睫毛膏, Eyeshadow palette = 眼影盘, Liquid foundation = 粉底液, Perfume = 女士香水,
Cleansing foam = 洁面泡沫, Nail polish = 指甲油
"""
"""Ten of kitchen, ten of camping, ten books, ten of beauty."""
ENGLISH, CHINESE = (
    [pair.split("=")[place].strip() for topic in PAIRS.split(";") for pair in topic.split(",")] for place in (0, 1)
)
TOPICS = np.repeat(np.arange(4), 10)

TEN_LANGUAGES = """
Cast iron frying pan, Two-person tent, Detective novel (1973), Face cream 50 ml, Green tea
Gusseiserne Bratpfanne, Zelt für zwei Personen, Kriminalroman, Gesichtscreme, Grüner Tee
Poêle en fonte, Tente pour deux personnes, Roman policier, Crème pour le visage, Thé vert
Sartén de hierro, Tienda para dos, Novela policíaca, Crema facial, Té verde en hojas
Чугунная сковорода, Палатка для двоих, Детективный роман, Крем для лица, Зелёный чай
مقلاة من الحديد الزهر, خيمة لشخصين, رواية بوليسية, كريم للوجه, شاي أخضر
कास्ट आयरन पैन, दो लोगों का तंबू, जासूसी उपन्यास, फेस क्रीम, हरी चाय
무쇠 프라이팬 28cm, 2인용 방수 텐트, 추리 소설, 수분 크림, 녹차
鋳鉄フライパン, 二人用テント, 推理小説, ﾌｪｲｽ クリーム, 緑茶ティーバッグ
铸铁炒锅２８厘米, 双人防水帐篷, 侦探小说《雾》, 保湿面霜 50ml, 绿茶
"""
GERMAN = """Wok aus Gusseisen, Beschichtete Bratpfanne, Suppentopf aus Edelstahl, Schneidebrett aus Bambus, Kochmesser,
Zelt für zwei Personen, Daunenschlafsack, Campinglaterne, Klappbarer Campingstuhl, Wanderrucksack, Wanderstöcke,
Kriminalroman, Gesammelte Gedichte, Eine Geschichte Chinas, Märchen für Kinder, Feuchtigkeitscreme fürs Gesicht"""
