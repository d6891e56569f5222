"""Spanish."""

from resource_server.memory.conversations.statements.rules import NOUN, VALUE, Attribute, rule

I = r"(?:yo )?"  # noqa: E741 (the pronoun)
KIN = (
    r"(?:perr[oa]s?|gat[oa]s?|caballo|hij[oa]s?|gemelos|herman[oa]s?|esposa|esposo|marido|novi[oa]|coche|bicicleta|"
    r"casa|apartamento|piso|jardín|alergia|asma|diabetes)"
)
THINGS = "eso esto que cuando cómo como lo tu"
PASSING = "no muy tan demasiado que aquí allí bueno mala malo"

RULES = (
    rule(Attribute.NAME, rf"{I}me llamo {VALUE}", rf"mi nombre es {VALUE}"),
    rule(Attribute.AGE, rf"{I}tengo (?P<value>\d{{1,3}}) años"),
    rule(Attribute.LIVES_IN, rf"{I}vivo(?: ahora| actualmente)? en {VALUE}", not_before="un una el la"),
    rule(Attribute.COMES_FROM, rf"{I}(?:soy|vengo) de {VALUE}", not_before="los las"),
    rule(Attribute.WORKS_AT, rf"{I}trabajo (?:en|para) {VALUE}", not_before="casa un una"),
    rule(Attribute.WORKS_AS, rf"{I}trabajo (?:como|de) {VALUE}"),
    rule(Attribute.ALLERGIC_TO, rf"{I}soy alérgic[oa] (?:a la |a los |a las |al |a ){VALUE}"),
    rule(Attribute.IS, rf"{I}soy (?:una? )?(?P<value>\w{{4,40}})$"),
    rule(Attribute.PREFERS, rf"{I}prefiero (?:el |la |los |las )?{VALUE}", not_before=THINGS),
    rule(
        Attribute.DISLIKES,
        rf"(?:a mí )?no me gustan? (?:nada )?(?:el |la |los |las )?{VALUE}",
        rf"{I}(?:odio|detesto) (?:el |la |los |las )?{VALUE}",
        not_before=THINGS,
    ),
    rule(
        Attribute.LIKES,
        rf"(?:a mí )?me (?:gustan?|encantan?)(?: mucho)? (?:el |la |los |las )?{VALUE}",
        not_before=THINGS,
    ),
    rule(Attribute.HAS, rf"{I}tengo (?P<value>(?:una? |dos |tres |cuatro |\d+ )(?:\w+ )?{KIN})\b"),
    rule(Attribute.MY, rf"mis? {NOUN} (?:es|son|se llama) {VALUE}", not_before=PASSING),
)
CUTS = ("pero", "porque", "y vivo", "y trabajo", "y me", "y mi", "y soy", "cuando", "aunque")
CLAUSE = r"(?:,|\by|\bpero|, y|, pero) +(?=(?:yo|me|mi|vivo|trabajo|soy|tengo|prefiero|odio|no me) )"
OPENINGS = r"(?:(?:pues|y|pero|hola|sí|no,|por cierto|ok)[,:!]? +)*"
