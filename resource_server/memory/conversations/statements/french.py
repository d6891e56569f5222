"""French."""

from resource_server.memory.conversations.statements.rules import NOUN, VALUE, Attribute, rule

KIN = (
    r"(?:chiens?|chats?|cheval|enfants?|fils|filles?|jumeaux|frères?|sœurs?|soeurs?|femme|mari|voiture|vélo|maison|"
    r"appartement|jardin|allergie|asthme|diabète)"
)
LASTING = (
    r"(?:végétarien(?:ne)?|végétalien(?:ne)?|végane?|mariée?|divorcée?|retraitée?|gauch(?:er|ère)|daltonien(?:ne)?|"
    r"diabétique|français(?:e)?|belge|suisse|canadien(?:ne)?)"
)
THINGS = "ça cela ce que quand comment te vous bien"
PASSING = "pas très trop en là ici que malade fatigué fatiguée prêt prête cassé cassée parti partie bon mauvais"

RULES = (
    rule(Attribute.NAME, rf"je m'appelle {VALUE}", rf"mon nom est {VALUE}"),
    rule(Attribute.AGE, r"j'ai (?P<value>\d{1,3}) ans"),
    rule(
        Attribute.LIVES_IN,
        rf"j'habite(?: maintenant| actuellement)? (?:à|en|au|aux) {VALUE}",
        rf"je vis(?: maintenant| actuellement)? (?:à|en|au|aux) {VALUE}",
    ),
    rule(Attribute.COMES_FROM, rf"je (?:viens|suis originaire) (?:de |d'|du |des ){VALUE}"),
    rule(Attribute.WORKS_AT, rf"je travaille (?:chez|pour) {VALUE}"),
    rule(Attribute.WORKS_AS, rf"je travaille comme {VALUE}"),
    rule(Attribute.ALLERGIC_TO, rf"je suis allergique (?:à la |à l'|à |aux |au ){VALUE}"),
    rule(Attribute.IS, rf"je suis (?:une? ){VALUE}", rf"je suis (?P<value>{LASTING})$"),
    rule(Attribute.PREFERS, rf"je préfère (?:le |la |les |l')?{VALUE}", not_before=THINGS),
    rule(
        Attribute.DISLIKES,
        rf"je n'aime pas (?:du tout )?(?:le |la |les |l')?{VALUE}",
        rf"je (?:déteste|hais) (?:le |la |les |l')?{VALUE}",
        not_before=THINGS,
    ),
    rule(
        Attribute.LIKES,
        rf"j'(?:aime|adore)(?: beaucoup)? (?:le |la |les |l')?{VALUE}",
        not_before=THINGS,
    ),
    rule(Attribute.HAS, rf"j'ai (?P<value>(?:une? |deux |trois |quatre |\d+ )(?:\w+ )?{KIN})\b"),
    rule(Attribute.MY, rf"(?:mon|ma|mes) {NOUN} (?:est|sont|s'appelle) {VALUE}", not_before=PASSING),
)
CUTS = ("mais", "parce que", "car", "et je", "et j'", "et mon", "et ma", "quand", "bien que")
CLAUSE = r"(?:,|\bet|\bmais|, et|, mais) +(?=je |j'|mon |ma )"
OPENINGS = r"(?:(?:alors|et|mais|bonjour|salut|oui|non|au fait|ok)[,:!]? +)*"
