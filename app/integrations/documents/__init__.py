"""Where postmortems are kept: one file for each system, behind one small protocol.

The title of a document is its key there, so that publishing it twice keeps it once.

library.py    what such a system is, and how a document is called there
confluence.py Confluence Cloud, by its REST API v2
storage.py    Markdown, as Confluence keeps it
sink.py       the sink of the outbox for documents
connecting.py the system that the settings connect
"""

from app.integrations.documents.confluence import Confluence
from app.integrations.documents.connecting import documents
from app.integrations.documents.library import Library
from app.integrations.documents.sink import DocumentSink

__all__ = ["Confluence", "DocumentSink", "Library", "documents"]
