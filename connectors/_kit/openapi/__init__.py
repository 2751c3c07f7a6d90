"""Makes connectors from OpenAPI descriptions."""

from connectors._kit.openapi.document import NotADescription
from connectors._kit.openapi.importer import Imported, import_openapi, suggested_key
from connectors._kit.openapi.proof import problems_of
from connectors._kit.openapi.report import Note

__all__ = ["Imported", "NotADescription", "Note", "import_openapi", "problems_of", "suggested_key"]
