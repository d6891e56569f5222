"""Japanese, the simple forms."""

from resource_server.memory.conversations.statements.rules import Attribute, rule

I = r"(?:(?:私|僕|俺|わたし|ぼく)(?:は|、)?)?"  # noqa: E741 (the pronoun)
THING = r"(?P<value>[^\s。、はがをに]{1,30})"

RULES = (
    rule(
        Attribute.NAME,
        r"(?:私|僕|俺)の名前は(?P<value>[^\s。、]{1,30}?)(?:です|だ|といいます)$",
        rf"{I}{THING}と申します",
    ),
    rule(Attribute.AGE, rf"{I}(?P<value>\d{{1,3}})歳"),
    rule(Attribute.LIVES_IN, rf"{I}(?:今は|現在)?{THING}に住んで(?:います|いる|る)"),
    rule(Attribute.COMES_FROM, rf"{I}(?P<value>[^\s。、はがをに]{{1,30}}?)(?:の)?出身"),
    rule(Attribute.WORKS_AT, rf"{I}{THING}で働いて"),
    rule(Attribute.WORKS_AS, rf"{I}{THING}として働いて"),
    rule(Attribute.ALLERGIC_TO, rf"{I}(?P<value>[^\s。、はがをに]{{1,30}}?)アレルギー"),
    rule(Attribute.LIKES, rf"{I}{THING}が(?:大)?好き(?:です|だ)?$"),
    rule(Attribute.DISLIKES, rf"{I}{THING}が(?:大)?(?:嫌い|苦手)(?:です|だ)?$"),
    rule(Attribute.HAS, rf"{I}{THING}を飼って(?:います|いる|る)"),
    rule(
        Attribute.MY,
        r"(?:私の|僕の)?(?P<what>趣味|誕生日|仕事|職業|好きな[^\s。、は]{1,12})は(?P<value>[^\s。、]{1,30}?)(?:です|だ)$",
    ),
)
CUTS: tuple[str, ...] = ()
CLAUSE = r"、(?=私|僕|俺)"
OPENINGS = r"(?:(?:こんにちは|はい|いいえ)[、。]?)*"
