"""Reads `{{ … }}` in a text with Jinja2's parser, and says by column what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream

from connectors._kit.errors import ExpressionSyntaxError


class _Language(Environment):
    """Jinja2's reader without statements and comments; a token's line number holds its column instead."""

    def __init__(self) -> None:
        super().__init__(
            block_start_string="\ue000%",  # private-use characters: `{%` and `{#` are plain text for us
            block_end_string="%\ue000",
            comment_start_string="\ue000#",
            comment_end_string="#\ue000",
            keep_trailing_newline=True,
            autoescape=False,
        )

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        tokens = self.lexer.wrap(self._columns(source), name, filename)
        return TokenStream(tokens, name, filename)

    def _columns(self, source: str) -> Iterator[tuple[int, str, str]]:
        column = 1
        tokens = self.lexer.tokeniter(source, None)
        while True:
            try:
                _, token, value = next(tokens)
            except StopIteration:
                return
            except TemplateSyntaxError as error:
                raise TemplateSyntaxError(error.message or "", column) from None
            yield column, token, value
            column += len(value)


_LANGUAGE = _Language()


def parse(text: str) -> list[str | nodes.Expr]:
    """The text's pieces in order: literal text and expression nodes. Raises ExpressionSyntaxError."""
    try:
        body = _LANGUAGE.parse(text).body
    except RecursionError:
        raise ExpressionSyntaxError("This expression is nested too deeply") from None
    except TemplateSyntaxError as error:
        raise ExpressionSyntaxError(_plain(error.message or ""), error.lineno) from None
    pieces: list[str | nodes.Expr] = []
    for output in body:
        for node in output.iter_child_nodes():
            if isinstance(node, nodes.TemplateData):
                pieces.append(node.data)
            elif isinstance(node, nodes.Expr):
                pieces.append(node)
    return pieces


def _plain(message: str) -> str:
    """Jinja2's message in words for someone who has never heard of it."""
    message = message.replace("'end of print statement'", "}}").replace("end of print statement", "}}")
    message = message.replace("Unexpected end of template. Jinja was looking for the following tags: ", "")
    message = message.replace("end of template", "end of text").replace("expected token", "expected").rstrip(".")
    return f"This expression cannot be read: {message}"
