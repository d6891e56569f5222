"""HTML as Markdown: headings, lists and links stay, scripts and what nobody sees goes.

`python -m resource_server.memory.documents.html_text` reads HTML from standard input and writes Markdown: tags without
an end keep the parser of the standard library busy with the square of their number.
"""

from bs4 import BeautifulSoup
from markdownify import MarkdownConverter

from resource_server.memory.documents.apart import serve

UNSEEN = ("script", "style", "template", "noscript", "svg", "iframe", "object", "head")


def markdown_of_html(html: str) -> str:
    """The page's title, then its body. Raises ValueError where elements are nested beyond reason."""
    page = BeautifulSoup(html, "html.parser")
    title = page.title.get_text(" ", strip=True) if page.title is not None else ""
    for element in page(UNSEEN):
        element.decompose()
    try:
        body = MarkdownConverter(heading_style="ATX", bullets="-", strip=["img"]).convert_soup(page).strip()
    except RecursionError:
        raise ValueError("its elements are nested too deep") from None
    return f"# {title}\n\n{body}" if title and not body.startswith("# ") else str(body)


if __name__ == "__main__":
    serve(lambda content: markdown_of_html(content.decode()))
