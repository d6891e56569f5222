"""HTML as Markdown: headings, lists and links stay, scripts and what nobody sees goes."""

from bs4 import BeautifulSoup
from markdownify import MarkdownConverter

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
