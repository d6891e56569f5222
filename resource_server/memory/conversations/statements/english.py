"""English."""

from resource_server.memory.conversations.statements.rules import NOUN, VALUE, Attribute, rule

I_AM = r"i(?:'m| am)(?: also| still| now| currently)?"
OFTEN = r"(?: really| absolutely| also| still| always| do| just| truly)*"
KIN = (
    r"(?:dogs?|cats?|puppy|kittens?|horses?|parrots?|rabbits?|fish|pets?|kids?|child|children|sons?|daughters?|twins|"
    r"brothers?|sisters?|siblings?|wife|husband|partner|girlfriend|boyfriend|cars?|bikes?|motorcycle|boat|house|"
    r"apartment|flat|garden|farm|allergy|allergies|asthma|diabetes|adhd|autism|dyslexia|phd|degree)"
)
LASTING = (
    r"(?:vegetarian|vegan|pescatarian|gluten[- ]free|lactose intolerant|left[- ]handed|right[- ]handed|married|"
    r"divorced|widowed|retired|self[- ]employed|unemployed|diabetic|dyslexic|colou?r[- ]?blind|deaf|blind|autistic|"
    r"jewish|muslim|christian|catholic|buddhist|hindu|atheist|bilingual|german|french|spanish|italian|austrian|swiss|"
    r"british|english|irish|scottish|american|canadian|japanese|chinese|indian|dutch|polish|swedish|norwegian|danish)"
)
THINGS = "it that this these those them him her you your how what when where the to being having if as"
PASSING = (
    "not going so very too just still always that to how what here there about on in at out off down up ready late "
    "broken gone sick tired fine okay ok good great bad better worse being doing getting back over done running "
    "supposed like because pretty really also now currently only due empty full dead wrong right"
)

RULES = (
    rule(Attribute.NAME, rf"my name(?: is|'s) {VALUE}", r"(?:please )?call me (?P<value>(?-i:[A-Z])[\w'-]{1,40})$"),
    rule(Attribute.AGE, rf"{I_AM} (?P<value>\d{{1,3}})(?: years? old| y/?o)?$"),
    rule(
        Attribute.LIVES_IN,
        rf"i(?: now| currently| still| actually)* (?:live|reside)(?: now| currently)? in {VALUE}",
        rf"i(?:'ve| have)?(?: just| recently)? moved to {VALUE}",
        rf"{I_AM} (?:living|based) in {VALUE}",
        not_before="a an the this that my",
    ),
    rule(Attribute.COMES_FROM, rf"(?:{I_AM}|i come)(?: originally)? from {VALUE}", not_before="the a my"),
    rule(
        Attribute.WORKS_AT,
        rf"i(?: now| currently| still)* work (?:at|for) {VALUE}",
        rf"{I_AM} working (?:at|for) {VALUE}",
        not_before="home night it that this",
    ),
    rule(Attribute.WORKS_AS, rf"i(?: now| currently| still)* work as (?:an? |the )?{VALUE}"),
    rule(Attribute.ALLERGIC_TO, rf"{I_AM} (?:severely |mildly |very )?allergic to {VALUE}"),
    rule(Attribute.LIKES, rf"{I_AM} (?:a |an )?(?:big |huge |great )?fan of {VALUE}", not_before=THINGS),
    rule(
        Attribute.IS,
        rf"{I_AM} (?:an? )(?!(?:bit|little|lot|few|big|huge|fan|couple|hurry|mess|moment)\b){VALUE}",
        rf"{I_AM} (?P<value>{LASTING})(?: now)?$",
    ),
    rule(Attribute.PREFERS, rf"i{OFTEN} prefer {VALUE}", not_before="it that this not"),
    rule(Attribute.LIKES, rf"i{OFTEN} (?:like|love|enjoy|adore) {VALUE}", not_before=THINGS),
    rule(
        Attribute.DISLIKES,
        rf"i{OFTEN} (?:hate|dislike|detest|loathe) {VALUE}",
        rf"i(?: really)? (?:can't|cannot) stand {VALUE}",
        rf"i(?: really)? (?:don't|do not)(?: really)? (?:like|enjoy) {VALUE}",
        not_before=THINGS,
    ),
    rule(Attribute.HAS, rf"i(?:'ve got| have| own)(?: got)? (?P<value>(?:[\w-]+ ){{0,3}}{KIN})\b"),
    rule(Attribute.MY, rf"my {NOUN}(?: is| are|'s name is) (?:called )?{VALUE}", not_before=PASSING),
)
CUTS = (
    "but", "because", "since", "so", "when", "while", "which", "and i", "and my", "although", "though",
    "as i", "as an?",
)  # fmt: skip
CLAUSE = r"(?:,|\band|\bbut|\bbecause|, and|, but) +(?=i(?:'| )|my )"
OPENINGS = (
    r"(?:(?:well|so|and|but|hi|hey|hello|also|btw|by the way|actually|oh|yes|yeah|no|ok|okay|fyi|note that|"
    r"(?:please )?remember(?: that)?|as you know)[,:!]? +)*"
)
