"""German."""

from resource_server.memory.conversations.statements.rules import NOUN, VALUE, Attribute, rule

NOW = r"(?: jetzt| derzeit| aktuell| noch| immer noch| seit \w+)*"
KIN = (
    r"(?:hund|hunde|katze|katzen|pferd|haustier|haustiere|kind|kinder|sohn|söhne|tochter|töchter|zwillinge|bruder|"
    r"brüder|schwester|schwestern|geschwister|frau|mann|partnerin|partner|freundin|auto|fahrrad|haus|wohnung|garten|"
    r"allergie|asthma|diabetes|adhs)"
)
LASTING = (
    r"(?:vegetarisch|vegan|verheiratet|geschieden|verwitwet|pensioniert|selbstständig|arbeitslos|linkshänderin?|"
    r"rechtshänderin?|farbenblind|taub|blind|laktoseintolerant)"
)
THINGS = "es das dies diese dieses ihn sie dich dein deine wie wenn was nicht"
PASSING = (
    "nicht so sehr zu gerade noch immer dass wie was hier da dort krank müde gut schlecht kaputt weg fertig spät "
    "auch nur schon ja leider"
)

RULES = (
    rule(Attribute.NAME, rf"ich hei(?:ß|ss)e {VALUE}", rf"mein name ist {VALUE}"),
    rule(Attribute.AGE, r"ich bin (?P<value>\d{1,3})(?: jahre alt)?$"),
    rule(
        Attribute.LIVES_IN,
        rf"ich (?:wohne|lebe){NOW} in {VALUE}",
        r"ich bin nach (?P<value>[^.!?;,\n]{1,80}?) (?:um)?gezogen",
        not_before="einer einem der dem",
    ),
    rule(Attribute.COMES_FROM, rf"ich komme(?: ursprünglich)? aus {VALUE}", not_before="der dem"),
    rule(Attribute.WORKS_AT, rf"ich arbeite{NOW} (?:bei|für) {VALUE}"),
    rule(Attribute.WORKS_AS, rf"ich arbeite{NOW} als {VALUE}", r"ich bin (?P<value>(?-i:[A-ZÄÖÜ])\w+) von beruf"),
    rule(Attribute.ALLERGIC_TO, rf"ich bin (?:stark |sehr )?allergisch (?:gegen|auf) {VALUE}"),
    rule(Attribute.IS, rf"ich bin (?:eine? )?(?P<value>(?-i:[A-ZÄÖÜ])\w{{3,40}}|{LASTING})$"),
    rule(Attribute.PREFERS, rf"ich bevorzuge {VALUE}", r"ich ziehe (?P<value>[^.!?;,\n]{1,80}?) vor$"),
    rule(
        Attribute.DISLIKES,
        rf"ich (?:hasse|verabscheue) {VALUE}",
        rf"ich mag (?:keinen|keine|kein) {VALUE}",
        r"ich mag (?P<value>[^.!?;,\n]{1,60}?) (?:überhaupt |gar )?nicht$",
        not_before=THINGS,
    ),
    rule(Attribute.LIKES, rf"ich (?:mag|liebe) (?:sehr )?(?:gerne? )?{VALUE}", not_before=THINGS),
    rule(
        Attribute.HAS,
        rf"ich habe (?P<value>(?:eine?n? |zwei |drei |vier |fünf |\d+ )?(?:\w+ ){{0,2}}{KIN})\b",
    ),
    rule(Attribute.MY, rf"meine? {NOUN} (?:ist|sind|heißt|heisst) {VALUE}", not_before=PASSING),
)
CUTS = ("aber", "weil", "denn", "und ich", "und mein", "und meine", "obwohl", "wenn", "da ich")
CLAUSE = r"(?:,|\bund|\baber|, und|, aber) +(?=ich |meine? )"
OPENINGS = r"(?:(?:also|und|aber|hallo|hi|ja|nein|übrigens|ok|merke? dir|bitte merke? dir)[,:!]? +)*"
